/** `inlet demo`: the service on a throw-away database, with an account, a number, a key and messages. */
import type { KeyObject } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "@commander-js/extra-typings";
import { type Config, readForgivingConfig } from "../config/config.ts";
import { LOOPBACK_HOST, reachableUrl } from "../config/network.ts";
import { createDatabaseFile } from "../database/file/create.ts";
import type { Database } from "../database/open.ts";
import { createAccount } from "../directory/accounts.ts";
import { addNumber } from "../directory/numbers.ts";
import { errorCode, UsageError } from "../errors.ts";
import { SCOPES } from "../keys/key.ts";
import { createKey } from "../keys/store.ts";
import { type Service, startService } from "../service.ts";
import { makeDevelopmentKey, publicHalf } from "../telnyx/developmentkey.ts";
import { type SimulatedText, simulate } from "../telnyx/simulate.ts";
import { aWait } from "./arguments.ts";
import { describeCommands } from "./chapter.ts";
import { group } from "./command.ts";
import { Outage } from "./demooutage.ts";
import { withLog } from "./logged.ts";
import { note, print } from "./output.ts";
import { hearSignals, untilStopped } from "./signals.ts";

const STDERR = 2;
const INTERVAL_MS = 3_000;
const OUTAGE_MS = 30_000;
const NUMBER = "+14155559999";
const SENDERS = ["+14155551234", "+13125550001", "+442071838750", "72345"] as const;
const TEXTS = [
  "Hello! Is my order on its way?",
  "Your code is 482913",
  "Running ten minutes late, sorry",
  "¿Me pueden llamar mañana? 🙏",
  "Thanks, got it!",
] as const;

export function addDemoCommand(program: Command): void {
  group(program, "demo", "run the service on a throw-away database, with simulated messages")
    .option(
      "--outage [duration]",
      "lose the webhooks of a while, 30s by default, and show how their texts come back",
      aWait,
    )
    .addHelpText(
      "after",
      `
Examples:
  inlet demo
  inlet demo --outage       webhooks are lost for half a minute, and their texts recovered`,
    )
    .action(({ outage }) =>
      runDemo(() => describeCommands(program), outage === true ? OUTAGE_MS : (outage ?? null)),
    );
}

/** Milliseconds; null for no outage. */
async function runDemo(describe: () => string, outageMs: number | null): Promise<void> {
  const signals = hearSignals(); // before anything is made that a signal would leave behind
  const folder = mkdtempSync(join(tmpdir(), "inlet-demo-"));
  const url = `file:${join(folder, "inlet.db")}`;
  const outage = outageMs === null ? null : new Outage(outageMs, print);
  try {
    const config: Config = {
      ...readForgivingConfig(),
      database: { url, authToken: null },
      nats: null,
      // It has nobody's texts to recover.
      telnyxApi: null,
      ...outage?.config,
    };
    for (const warning of config.warnings) note(`warning: ${warning}`);
    createDatabaseFile(url);
    const privateKey = makeDevelopmentKey(url);
    await withLog({ ...config.log, level: "warning" }, STDERR, async () => {
      const service = await startOnAnyPort(config, privateKey, describe);
      const key = await furnish(service.database);
      introduce(reachableUrl(service.url), key);
      outage?.start();
      const sending = sendTexts(service, privateKey, outage);
      const asked = Promise.race([signals.asked, sending.failed]);
      const stopped = untilStopped({ ...signals, asked }, async () => {
        sending.stop();
        await service.close();
      });
      await Promise.race([stopped, service.failed]);
    });
  } finally {
    await outage?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where HOST and PORT say, or else on this machine's own address, or on a free port: neither stops a demo. */
async function startOnAnyPort(
  config: Config,
  privateKey: KeyObject,
  describe: () => string,
): Promise<Service> {
  const { promise: url, resolve } = Promise.withResolvers<string>();
  const send = async (text: SimulatedText) => simulate(await url, privateKey, text, Date.now());
  const options = {
    developmentKey: publicHalf(privateKey),
    demo: { number: NUMBER, send },
    describeCommands: describe,
  };
  let wanted = config;
  for (;;) {
    try {
      const service = await startService(wanted, options);
      resolve(service.url);
      return service;
    } catch (error) {
      const code = errorCode(error) ?? "";
      if (error instanceof UsageError && wanted.host !== LOOPBACK_HOST) {
        note(`warning: ${error.message}; listening on ${LOOPBACK_HOST}`);
        wanted = { ...wanted, host: LOOPBACK_HOST };
      } else if (["EADDRINUSE", "EACCES"].includes(code) && wanted.port !== 0) {
        note(`port ${wanted.port} is not free (${code}): taking another one`);
        wanted = { ...wanted, port: 0 };
      } else throw error;
    }
  }
}

async function furnish(database: Database): Promise<string> {
  const now = Date.now();
  const account = await createAccount(database, "team", "Demo", now);
  await addNumber(database, NUMBER, account.id, "Demo", now);
  const wanted = { accountId: account.id, scopes: SCOPES, name: "demo", lifetimeMs: null };
  return (await createKey(database, wanted, now)).key;
}

function introduce(url: string, key: string): void {
  const isEncrypted = url.startsWith("https:");
  // By this address no certificate of a name can be checked.
  const curl = isEncrypted ? "curl -kN" : "curl -N";
  const tail = isEncrypted ? "" : `  INLET_KEY=${key} ${ownCommand()} tail --url ${url}\n\n`;
  print(`Inlet is running on a throw-away database, and a text to ${NUMBER} arrives every ${INTERVAL_MS / 1000} seconds.

  Console        ${url}/#key=${key}
  Manual         ${url}/docs/manual
  API reference  ${url}/docs

The part behind # is the key, which no server sees. In a second terminal:

${tail}  ${curl} ${url}/api/v1/sms/stream -H "Authorization: Bearer ${key}"

Stop that one, start it again with the last id you saw, and nothing is missing:

  ${curl} ${url}/api/v1/sms/stream -H "Authorization: Bearer ${key}" -H "Last-Event-ID: <id>"

Ctrl-C here ends the demo and removes its database.
`);
}

/** How this very program is called in another terminal in the same folder. */
function ownCommand(): string {
  if (Bun.isStandaloneExecutable) return "inlet";
  return `${process.execPath.includes("_npx") ? `npx -y bun@${Bun.version}` : "bun"} src/main.ts`;
}

/** Through the real route, signed as Telnyx signs. `failed` resolves when nobody reads what is printed any more. */
function sendTexts(service: Service, privateKey: KeyObject, outage: Outage | null) {
  const { promise: failed, resolve } = Promise.withResolvers<string>();
  let sent = 0;
  const sendNext = () => {
    const from = SENDERS[sent % SENDERS.length] ?? SENDERS[0];
    const text = TEXTS[sent % TEXTS.length] ?? TEXTS[0];
    sent++;
    sendText(service, privateKey, outage, { from, to: NUMBER, text }).catch(() =>
      resolve("the output is closed"),
    );
  };
  sendNext(); // nobody waits for the first one
  const timer = setInterval(sendNext, INTERVAL_MS);
  return { stop: () => clearInterval(timer), failed };
}

/** Throws when what became of it cannot be printed. */
async function sendText(
  service: Service,
  privateKey: KeyObject,
  outage: Outage | null,
  sent: SimulatedText,
): Promise<void> {
  const now = Date.now();
  const outcome = outage?.takes(sent, now)
    ? "lost"
    : await simulate(service.url, privateKey, sent, now, true).catch(
        (error) => `did not arrive: ${error instanceof Error ? error.message : String(error)}`,
      );
  print(`${new Date(now).toISOString()}  ${sent.from} → ${sent.to}  ${outcome}  ${sent.text}`);
}
