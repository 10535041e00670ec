/** `inlet simulate`: a signed webhook to a server in development mode. */
import type { Command } from "@commander-js/extra-typings";
import { readDatabaseConfig, readServerUrl } from "../config/config.ts";
import { readDevelopmentKey } from "../telnyx/developmentkey.ts";
import { simulate } from "../telnyx/simulate.ts";
import { aNumber, aSender, aServerUrl } from "./arguments.ts";
import { addCommand } from "./command.ts";
import { printOne } from "./output.ts";

export function addSimulateCommand(program: Command): void {
  addCommand(program, "simulate", "send a signed webhook to a server in development mode")
    .requiredOption("--to <number>", "the recipient, one of our numbers", aNumber)
    .option("--from <number>", "the sender", aSender, "+13125550001")
    .option("--text <text>", "the message", "Hello from inlet simulate!")
    .option("--url <url>", "the server; by default where HOST and PORT say", aServerUrl)
    .action(async (options) => {
      const privateKey = readDevelopmentKey(readDatabaseConfig().url);
      const { from, to, text } = options;
      const outcome = await simulate(
        options.url ?? readServerUrl(),
        privateKey,
        { from, to, text },
        Date.now(),
        options.url === undefined,
      );
      printOne(options, { outcome }, explained(outcome, to));
    });
}

function explained(outcome: string, to: string): string {
  return outcome === "unrouted"
    ? `unrouted: ${to} is not one of our active numbers (inlet numbers list)`
    : outcome;
}
