/** The least that stores a webhook: verifies the signature, and inserts all that wait in one synced transaction. */
import { createPublicKey, verify } from "node:crypto";
import { createClient } from "@libsql/client";

const der = Buffer.from(process.env.KEY_DER ?? "", "base64");
const publicKey = createPublicKey({ key: der, format: "der", type: "spki" });
const client = createClient({ url: `file:${process.env.DB}`, concurrency: 1 });
await client.execute("PRAGMA journal_mode = WAL");
await client.execute("PRAGMA synchronous = FULL");
await client.execute("CREATE TABLE m (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, body TEXT)");
const INSERT = `INSERT INTO m (id, body) SELECT value->>'message_id', value FROM json_each(?) WHERE true
  ON CONFLICT (id) DO NOTHING`;

let waiting: { message: object; done: () => void }[] = [];

async function commit(): Promise<void> {
  const batch = waiting;
  waiting = [];
  const rows = JSON.stringify(batch.map(({ message }) => message));
  await client.batch([{ sql: INSERT, args: [rows] }], "write");
  for (const { done } of batch) done();
}

/** The message, once it is on disk; null when the signature is wrong. */
export async function store(request: Request): Promise<object | null> {
  const body = await request.bytes();
  const signed = Buffer.concat([Buffer.from(`${request.headers.get("telnyx-timestamp")}|`), body]);
  const signature = Buffer.from(request.headers.get("telnyx-signature-ed25519") ?? "", "base64");
  if (!verify(null, signed, publicKey, signature)) return null;
  const { id, from, to, text, received_at } = JSON.parse(Buffer.from(body).toString()).data.payload;
  const message = {
    message_id: id,
    from: from.phone_number,
    to: to[0].phone_number,
    body: text,
    received_at,
  };
  const { promise, resolve } = Promise.withResolvers<void>();
  // The first of a turn of the event loop commits for all that come in it.
  if (waiting.push({ message, done: resolve }) === 1) setImmediate(() => void commit());
  await promise;
  return message;
}
