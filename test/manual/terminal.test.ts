/** What a chapter looks like at a terminal. */
import { expect, test } from "bun:test";
import { stripVTControlCharacters } from "node:util";
import { forTerminal } from "../../src/manual/terminal.ts";

const TEXT = `# Title

See [deploy](deploy.md#nginx), \`inlet serve\`, and a table:

| a | b |
| - | - |
| 1 | a long cell that is wrapped where the terminal ends, and not by the terminal |

\`\`\`sh
inlet serve |
  cat
\`\`\`
`;

test("code stands without a frame, tables fit, and chapters are named by their command", () => {
  const lines = stripVTControlCharacters(forTerminal(TEXT, 60)).split("\n");
  expect(lines).toContain("    inlet serve |");
  expect(lines).toContain("      cat");
  expect(lines.join("\n")).toContain("deploy (inlet help deploy)");
  for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(60);
  expect(forTerminal(TEXT, 60)).toContain("\u001B[36minlet serve\u001B[39m");
  expect(forTerminal(TEXT, 60)).not.toContain("\u001B[48");
  expect(lines.join("\n")).not.toMatch(/┌─ |└─$/m);
});
