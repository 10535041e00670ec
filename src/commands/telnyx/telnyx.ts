/** `inlet telnyx`: what is asked of Telnyx. */
import type { Command } from "@commander-js/extra-typings";
import { group, notInThisVersion } from "../command.ts";
import { addBackfillCommand } from "./backfill.ts";
import { addNumbersSyncCommand } from "./sync.ts";

export function addTelnyxCommands(program: Command): void {
  const telnyx = group(program, "telnyx", "what is asked of Telnyx, with TELNYX_API_KEY");
  addBackfillCommand(telnyx);
  addNumbersSyncCommand(telnyx);
  notInThisVersion(telnyx, "setup");
}
