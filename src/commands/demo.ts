/** `inlet demo`: the service on a throw-away database, with an account, a number, a key and messages. */

import type { KeyObject } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "@commander-js/extra-typings";
import { type Config, readConfig } from "../config.ts";
import { createDatabaseFile } from "../database/connection.ts";
import type { Database } from "../database/database.ts";
import { createAccount } from "../directory/accounts.ts";
import { addNumber } from "../directory/numbers.ts";
import { Refusal } from "../errors.ts";
import { makeDevelopmentKey, publicHalf } from "../inbound/development.ts";
import { simulate } from "../inbound/simulate.ts";
import { SCOPES } from "../keys/key.ts";
import { createKey } from "../keys/store.ts";
import { startLog } from "../log.ts";
import { type Service, startService } from "../service.ts";
import { group } from "./command.ts";
import { note, print } from "./output.ts";
import { untilStopped } from "./signals.ts";

const EVERY_MS = 3_000;
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
  group(program, "demo", "run the service on a throw-away database, with simulated messages").action(
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "inlet-demo-"));
      const url = `file:${join(folder, "inlet.db")}`;
      const config: Config = { ...readConfig(), database: { url, authToken: null } };
      try {
        startLog({ ...config.log, level: "warning" }, (line) => process.stderr.write(line));
        createDatabaseFile(url);
        const privateKey = makeDevelopmentKey(url);
        const service = await startOnAnyPort(config, publicHalf(privateKey));
        const key = await furnish(service.database);
        introduce(service, key);
        const stopSending = sendTexts(service, privateKey);
        await untilStopped(async () => {
          stopSending();
          await service.close();
        });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
}

/** The port that was asked for, or a free one when something else has it. */
async function startOnAnyPort(config: Config, developmentKey: KeyObject): Promise<Service> {
  try {
    return await startService(config, { developmentKey });
  } catch (error) {
    if (!(error instanceof Refusal) || config.port === 0) throw error;
    note(`port ${config.port} is in use: taking a free one`);
    return startService({ ...config, port: 0 }, { developmentKey });
  }
}

async function furnish(database: Database): Promise<string> {
  const now = Date.now();
  const account = await createAccount(database, "team", "Demo", now);
  await addNumber(database, NUMBER, account.id, "Demo", now);
  const wanted = { accountId: account.id, scopes: SCOPES, name: "demo", expiresAt: null };
  return (await createKey(database, wanted, now)).key;
}

function introduce(service: Service, key: string): void {
  print(`Inlet is running on a throw-away database, and a text to ${NUMBER} arrives every ${EVERY_MS / 1000} seconds.

See them in a second terminal:

  curl -N ${service.url}/api/v1/sms/stream -H "Authorization: Bearer ${key}"

Stop it with Ctrl-C, start it again, and give the last id you saw to miss nothing:

  curl -N ${service.url}/api/v1/sms/stream -H "Authorization: Bearer ${key}" -H "Last-Event-ID: <id>"

Ctrl-C here ends the demo and removes its database.
`);
}

/** Through the real route, signed as Telnyx signs. Returns what stops it. */
function sendTexts(service: Service, privateKey: KeyObject): () => void {
  let sent = 0;
  const timer = setInterval(() => {
    const from = SENDERS[sent % SENDERS.length] ?? SENDERS[0];
    const text = TEXTS[sent % TEXTS.length] ?? TEXTS[0];
    sent++;
    simulate(service.url, privateKey, { from, to: NUMBER, text }, Date.now()).then(
      (outcome) => print(`${new Date().toISOString()}  ${from} → ${NUMBER}  ${outcome}  ${text}`),
      (error) =>
        note(`a simulated message did not arrive: ${error instanceof Error ? error.message : error}`),
    );
  }, EVERY_MS);
  return () => clearInterval(timer);
}
