/** `inlet version`: the version and the commit it was built from. */
import type { Command } from "@commander-js/extra-typings";
import manifest from "../../package.json" with { type: "json" };
import { addCommand } from "./command.ts";
import { printOne } from "./output.ts";

/** Set by src/build.ts; there is none when running from source. */
declare const BUILD_COMMIT: string | undefined;

export const VERSION: string = manifest.version;
const COMMIT: string | null = typeof BUILD_COMMIT === "string" ? BUILD_COMMIT : null;

export function addVersionCommand(program: Command): void {
  addCommand(program, "version", "show the version").action((options) => {
    const value = { version: VERSION, commit: COMMIT, bun: Bun.version };
    printOne(options, value, `inlet ${VERSION} (${COMMIT ?? "from source"}, Bun ${Bun.version})`);
  });
}
