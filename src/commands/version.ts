/** `inlet version`: the version and the commit it was built from. */
import type { Command } from "@commander-js/extra-typings";
import { COMMIT, VERSION } from "../version.ts";
import { addCommand } from "./command.ts";
import { printOne } from "./output.ts";

export function addVersionCommand(program: Command): void {
  addCommand(program, "version", "show the version").action((options) => {
    const value = { version: VERSION, commit: COMMIT, bun: Bun.version };
    printOne(options, value, `inlet ${VERSION} (${COMMIT ?? "from source"}, Bun ${Bun.version})`);
  });
}
