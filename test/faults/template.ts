/** A database as a run begins with it: an account, a number, and texts that a killed server has left in the log. */
import { Database } from "bun:sqlite";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { emptyFolder } from "../harness/cleanup.ts";
import { inlet } from "../harness/cli.ts";
import { addTenantByCommands, startServer } from "../harness/server.ts";
import { deliver, smsEvent, type TelnyxKey, telnyxKey } from "../harness/telnyx.ts";

export interface Template {
  readonly telnyx: TelnyxKey;
  readonly number: string;
  readonly accountId: number;
  /** A copy of its own, for one run. */
  readonly copy: () => string;
  /** What was acknowledged in it already. */
  readonly acknowledged: readonly string[];
}

export async function makeTemplate(): Promise<Template> {
  const folder = emptyFolder();
  const telnyx = telnyxKey();
  const { number, accountId } = await addTenantByCommands(folder, "+14155559999");
  const server = await startServer({ folder, telnyx });
  const acknowledged = Array.from({ length: 20 }, (_, i) => `before ${i}`);
  for (const text of acknowledged) await deliver(server.url, telnyx, smsEvent(number, text));
  await server.kill();
  const copy = () => {
    const next = emptyFolder();
    cpSync(folder, next, { recursive: true });
    return next;
  };
  return { telnyx, number, accountId, copy, acknowledged };
}

/** What is wrong after a restart: texts that were acknowledged and are not there, a damaged file, a failed start. */
export async function faultsAfterRestart(folder: string, acknowledged: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await inlet(folder, ["messages", "list", "--limit", "1000", "--json"]);
  if (code !== 0) return [`the next process ended with ${code}: ${stderr}`];
  const there = new Set((JSON.parse(stdout) as { body: string }[]).map(({ body }) => body));
  const lost = acknowledged.filter((text) => !there.has(text));
  const database = new Database(join(folder, "inlet.db"), { readonly: true });
  const whole = database.query<{ integrity_check: string }, []>("PRAGMA integrity_check").all();
  database.close();
  return [
    ...lost.map((text) => `${text} was acknowledged and is not there`),
    ...whole.map((row) => row.integrity_check).filter((found) => found !== "ok"),
  ];
}
