/**
 * The least that could work, to hold Inlet against: one `Bun.serve`, no accounts, no cursors, no timers, no limits.
 * `GET /stream` keeps a stream; `POST /emit` hands one shared chunk to all; `POST /ingest` verifies and inserts in
 * groups, synced.
 */
import { createPublicKey, verify } from "node:crypto";
import { createClient } from "@libsql/client";

const publicKey = createPublicKey({
  key: Buffer.from(process.env.KEY_DER ?? "", "base64"),
  format: "der",
  type: "spki",
});
const client = createClient({ url: `file:${process.env.DB}`, concurrency: 1 });
await client.execute("PRAGMA journal_mode = WAL");
await client.execute("PRAGMA synchronous = FULL");
await client.execute("CREATE TABLE m (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, body TEXT)");
const streams = new Set<ReadableStreamDefaultController<Uint8Array>>();
let waiting: { row: [string, string]; done: () => void }[] = [];

async function commit() {
  const batch = waiting;
  waiting = [];
  const rows = JSON.stringify(batch.map(({ row }) => row));
  const sql =
    "INSERT INTO m (id, body) SELECT value->>0, value->>1 FROM json_each(?) WHERE true ON CONFLICT (id) DO NOTHING";
  await client.batch([{ sql, args: [rows] }], "write");
  for (const { done } of batch) done();
}

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  idleTimeout: 255,
  routes: {
    "/stream": () => {
      let mine: ReadableStreamDefaultController<Uint8Array>;
      return new Response(
        new ReadableStream<Uint8Array>({
          start: (controller) => {
            mine = controller;
            streams.add(mine);
            controller.enqueue(Buffer.from(": hello\n\n"));
          },
          cancel: () => {
            streams.delete(mine);
          },
        }),
        { headers: { "content-type": "text/event-stream" } },
      );
    },
    "/emit": async (request) => {
      const chunk = await request.bytes();
      for (const stream of streams) stream.enqueue(chunk);
      return new Response("ok");
    },
    "/ingest": async (request) => {
      const body = await request.bytes();
      const signed = Buffer.concat([Buffer.from(`${request.headers.get("telnyx-timestamp")}|`), body]);
      if (
        !verify(
          null,
          signed,
          publicKey,
          Buffer.from(request.headers.get("telnyx-signature-ed25519") ?? "", "base64"),
        )
      )
        return new Response("", { status: 401 });
      const { payload } = JSON.parse(Buffer.from(body).toString()).data;
      await new Promise<void>((done) => {
        if (waiting.push({ row: [payload.id, payload.text], done }) === 1) setImmediate(() => void commit());
      });
      return new Response("ok");
    },
  },
});
process.stdout.write(`listening ${server.url.origin}\n`);
