/** `inlet telnyx`: what is asked of Telnyx. */
import type { Command } from "@commander-js/extra-typings";
import { group } from "../command.ts";
import { addBackfillCommand } from "./backfill.ts";
import { addSetupCommand } from "./setup.ts";
import { addNumbersSyncCommand } from "./sync.ts";

export function addTelnyxCommands(program: Command): void {
  const telnyx = group(program, "telnyx", "what is asked of Telnyx, with TELNYX_API_KEY");
  addSetupCommand(telnyx);
  addBackfillCommand(telnyx);
  addNumbersSyncCommand(telnyx);
}
