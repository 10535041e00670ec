/**
 * `bun run prove --minutes N`: everything that tries to lose a message, each for its share of that time, and one table of
 * what was tried, what was checked and what was lost. `--into FILE` puts the table, with its date and command, in place of
 * the section "Proved" of that file.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { binary, ROOT } from "../harness/binary.ts";
import { ATTEMPTS, type Attempt } from "./attempts.ts";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "10" }, into: { type: "string" } },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) {
  process.stderr.write(`--minutes is ${values.minutes}, and may be any number above 0\n`);
  process.exit(2);
}
const MINUTE_S = 60;
const PARTS = ["simulate-faults", "fail-disk", "endure", "fuzz", "stress"]
  .map((name) => `\`bun run ${name}\``)
  .join(", ");

/** The cells of its row. */
async function attempt({ script, share, tell }: Attempt): Promise<readonly string[]> {
  const seconds = Math.max(1, Math.round(minutes * MINUTE_S * share));
  const child = Bun.spawn([process.execPath, join(ROOT, script), "--seconds", String(seconds)], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const output = await new Response(child.stdout).text();
  const code = await child.exited;
  try {
    const report = JSON.parse(output.trim().split("\n").at(-1) ?? "");
    const { tried, checked, faults } = tell(report);
    if (code !== 0 && faults === 0) throw new Error(`it ended with ${code}`);
    isClean &&= faults === 0;
    return [tried, checked, String(faults)];
  } catch (error) {
    isClean = false;
    return [`no account of it: ${error instanceof Error ? error.message : error}`, "", "?"];
  }
}

let isClean = true;
// So that the time is not spent on it.
await binary();
const rows: (readonly string[])[] = [];
for (const each of ATTEMPTS) {
  process.stderr.write(`${each.name} …\n`);
  rows.push([each.name, ...(await attempt(each))]);
}
const section = `## Proved

\`bun run prove --minutes ${values.minutes}\` on ${new Date().toISOString().slice(0, 10)}, on ${cpus().length} cores (${cpus()[0]?.model.trim()}) with a load average of ${Math.round(loadavg()[1] ?? 0)}. Its parts run alone, too: ${PARTS}.

| | tried | checked | lost, doubled, out of order or otherwise wrong |
|---|---|---|---|
${rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}
`;
process.stdout.write(section);
if (values.into !== undefined) {
  const before = readFileSync(values.into, "utf8");
  const at = before.indexOf("## Proved\n");
  const next = at < 0 ? -1 : before.indexOf("\n## ", at + 1);
  const head = at < 0 ? `${before.trimEnd()}\n\n` : before.slice(0, at);
  writeFileSync(values.into, head + section + (next < 0 ? "" : before.slice(next)));
  Bun.spawnSync([process.execPath, "x", "biome", "format", "--write", values.into], { cwd: ROOT });
}
process.exit(isClean ? 0 : 1);
