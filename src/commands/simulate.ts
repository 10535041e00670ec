/** `inlet simulate`: a signed webhook to a server in development mode. */
import { lookup } from "node:dns/promises";
import type { Command } from "@commander-js/extra-typings";
import { readDatabaseConfig, readServerUrl, throughProxy } from "../config/config.ts";
import { LOOPBACK_HOST } from "../config/network.ts";
import { readDevelopmentKey } from "../telnyx/developmentkey.ts";
import { simulate } from "../telnyx/simulate.ts";
import { aNumber, aSender, aServerUrl } from "./arguments.ts";
import { addCommand } from "./command.ts";
import { note, printOne } from "./output.ts";

export function addSimulateCommand(program: Command): void {
  addCommand(program, "simulate", "send a signed webhook to a server in development mode")
    .requiredOption("--to <number>", "the recipient, one of our numbers", aNumber)
    .option("--from <number>", "the sender", aSender, "+13125550001")
    .option("--text <text>", "the message", "Hello from inlet simulate!")
    .option("--url <url>", "the server; by default where HOST and PORT say", aServerUrl)
    .action(async (options) => {
      const privateKey = readDevelopmentKey(readDatabaseConfig().url);
      const { from, to, text } = options;
      const url = options.url ?? (await ownServer());
      const isOurs = options.url === undefined;
      const message = { from, to, text };
      const outcome = await simulate(url, privateKey, message, Date.now(), isOurs, throughProxy(url));
      printOne(options, { outcome }, explained(outcome, to));
    });
}

/** Other programs set HOST, too (conda, some shells): what is no name of a machine is passed over. */
async function ownServer(): Promise<string> {
  const url = new URL(readServerUrl());
  try {
    await lookup(url.hostname.replace(/^\[|\]$/g, ""));
  } catch {
    note(
      `warning: HOST holds ${JSON.stringify(url.hostname)}, which cannot be found: asking ${LOOPBACK_HOST}`,
    );
    url.hostname = LOOPBACK_HOST;
  }
  return url.origin;
}

function explained(outcome: string, to: string): string {
  return outcome === "unrouted"
    ? `unrouted: ${to} is not one of our active numbers (inlet numbers list)`
    : outcome;
}
