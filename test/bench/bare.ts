/** The least: `GET /stream` keeps a stream, `POST /emit` hands one shared chunk to all; `POST /ingest` stores before. */
import { store } from "./barestore.ts";

type Controller = ReadableStreamDefaultController<Uint8Array>;

const streams = new Set<Controller>();
const hello = Buffer.from(": hello\n\n");
const headers = { "content-type": "text/event-stream" };

function open(): Response {
  let mine: Controller;
  const start = (controller: Controller) => {
    mine = controller;
    streams.add(mine);
    mine.enqueue(hello);
  };
  const cancel = () => void streams.delete(mine);
  return new Response(new ReadableStream<Uint8Array>({ start, cancel }), { headers });
}

function emit(chunk: Uint8Array): Response {
  for (const stream of streams) stream.enqueue(chunk);
  return new Response("ok");
}

async function ingest(request: Request): Promise<Response> {
  const message = await store(request);
  if (message === null) return new Response("", { status: 401 });
  return emit(Buffer.from(`event: sms_received\ndata: ${JSON.stringify(message)}\n\n`));
}

const routes = {
  "/stream": open,
  "/emit": async (request: Request) => emit(await request.bytes()),
  "/ingest": ingest,
};
const server = Bun.serve({ port: 0, hostname: "127.0.0.1", idleTimeout: 255, routes });
process.stdout.write(`listening ${server.url.origin}\n`);
