/** `inlet version`: the version, the commit it was built from, and what is in it. */
import type { Command } from "@commander-js/extra-typings";
import { COMMIT, LIBSQL, SQLITE, VERSION } from "../version.ts";
import { addCommand } from "./command.ts";
import { printOne } from "./output.ts";

export function addVersionCommand(program: Command): void {
  addCommand(program, "version", "show the version")
    .addHelpText(
      "after",
      `
Examples:
  inlet version
  inlet version --json | jq -r .commit`,
    )
    .action((options) => {
      const value = { version: VERSION, commit: COMMIT, bun: Bun.version, libsql: LIBSQL, sqlite: SQLITE };
      printOne(options, value, versionLine());
    });
}

/** What `inlet --version` prints, too. */
export function versionLine(): string {
  const engine = `libsql ${LIBSQL}${SQLITE ? ` (SQLite ${SQLITE})` : ""}`;
  return `inlet ${VERSION} (${COMMIT ?? "from source"}, Bun ${Bun.version}, ${engine})`;
}
