/** `inlet simulate`: a signed webhook to a server in development mode. */
import { lookup } from "node:dns/promises";
import type { Command } from "@commander-js/extra-typings";
import { readDatabaseConfig, readServerUrl, throughProxy } from "../config/config.ts";
import { LOOPBACK_HOST } from "../config/network.ts";
import { errorCode } from "../errors.ts";
import { readDevelopmentKey } from "../telnyx/developmentkey.ts";
import { simulate } from "../telnyx/simulate.ts";
import { aNumber, aSender, aServerUrl } from "./arguments.ts";
import { addCommand } from "./command.ts";
import { note, printOne } from "./output.ts";

/** What a server may take to start, on a busy machine. */
const PATIENCE_MS = 5_000;
/** Between two looks whether it listens. */
const AGAIN_MS = 100;

export function addSimulateCommand(program: Command): void {
  addCommand(program, "simulate", "send a signed webhook to a server in development mode")
    .requiredOption("--to <number>", "the recipient, one of our numbers", aNumber)
    .option("--from <number>", "the sender", aSender, "+13125550001")
    .option("--text <text>", "the message", "Hello from inlet simulate!")
    .option("--url <url>", "the server; by default where HOST and PORT say", aServerUrl)
    .addHelpText(
      "after",
      `
Examples:
  inlet simulate --to +14155559999
  inlet simulate --to +14155559999 --from +13125550001 --text "Your code is 482913"
  inlet simulate --to +14155559999 --url http://127.0.0.1:8080`,
    )
    .action(async (options) => {
      const database = readDatabaseConfig().url;
      const { from, to, text } = options;
      const url = options.url ?? (await ownServer());
      // A server that is only starting makes its key before it listens.
      await untilListening(url);
      const privateKey = readDevelopmentKey(database);
      const isOurs = options.url === undefined;
      const message = { from, to, text };
      const outcome = await simulate(url, privateKey, message, Date.now(), isOurs, throughProxy(url));
      printOne(options, { outcome }, explained(outcome, to));
    });
}

/** Resolves when somebody listens there, or after {@link PATIENCE_MS}: what is wrong is told by what comes next. */
async function untilListening(url: string): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  for (let isTold = false; performance.now() < end && (await isRefused(url)); isTold = true) {
    if (!isTold) note(`nothing listens at ${url} yet: waiting for ${PATIENCE_MS / 1000} seconds`);
    await Bun.sleep(AGAIN_MS);
  }
}

async function isRefused(url: string): Promise<boolean> {
  try {
    await fetch(`${url}/healthz`, { method: "HEAD", signal: AbortSignal.timeout(PATIENCE_MS) });
    return false;
  } catch (error) {
    return errorCode(error) === "ECONNREFUSED";
  }
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
