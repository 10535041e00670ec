/**
 * The service that a good engineer would write in an afternoon: `node:http`, a set of responses, one synchronous
 * insert for each webhook, and a `write` for each stream. It keeps what it promises: verified, once, synced.
 */
import { Database } from "bun:sqlite";
import { createPublicKey, verify } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const der = Buffer.from(process.env.KEY_DER ?? "", "base64");
const publicKey = createPublicKey({ key: der, format: "der", type: "spki" });
const database = new Database(process.env.DB);
database.run("PRAGMA journal_mode = WAL");
database.run("PRAGMA synchronous = FULL");
database.run("CREATE TABLE messages (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, message TEXT)");
const insert = database.prepare(
  "INSERT INTO messages (id, message) VALUES (?, ?) ON CONFLICT (id) DO NOTHING",
);
const streams = new Set<ServerResponse>();

const server = createServer((request, response) => void answer(request, response));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === "GET") {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    response.write(": hello\n\n");
    streams.add(response);
    response.on("close", () => streams.delete(response));
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const signed = Buffer.concat([Buffer.from(`${request.headers["telnyx-timestamp"]}|`), body]);
  const signature = Buffer.from(String(request.headers["telnyx-signature-ed25519"]), "base64");
  if (!verify(null, signed, publicKey, signature)) {
    response.writeHead(401).end();
    return;
  }
  const { id, from, to, text, received_at } = JSON.parse(body.toString()).data.payload;
  const message = {
    message_id: id,
    from: from.phone_number,
    to: to[0].phone_number,
    body: text,
    received_at,
  };
  const { changes, lastInsertRowid } = insert.run(id, JSON.stringify(message));
  if (changes > 0) {
    for (const stream of streams)
      stream.write(`id: ${lastInsertRowid}\nevent: sms_received\ndata: ${JSON.stringify(message)}\n\n`);
  }
  response.writeHead(200, { "content-type": "application/json" }).end('{"data":{"outcome":"stored"}}');
}
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`listening http://127.0.0.1:${(server.address() as AddressInfo).port}\n`);
});
