/** A proxy in between that hands on each byte by itself, stalls in the middle, or cuts, wherever that is. */
import { createConnection, createServer, type Socket } from "node:net";
import { atTheEnd } from "../harness/cleanup.ts";

/** What becomes of one direction of a connection. */
export interface Fate {
  /** Each byte is a packet of its own, up to so many. */
  readonly splitBytes: number;
  /** After so many bytes nothing is handed on for a while. */
  readonly stallAfter: number;
  readonly stallMs: number;
  /** After so many bytes the connection is cut, on both sides. */
  readonly cutAfter: number;
}

export const KIND: Fate = {
  splitBytes: 0,
  stallAfter: Number.POSITIVE_INFINITY,
  stallMs: 0,
  cutAfter: Number.POSITIVE_INFINITY,
};

/** Its URL. For each connection `fates` says what becomes of the request and of the answer. */
export async function proxyTo(
  target: string,
  fates: () => { readonly there: Fate; readonly back: Fate },
): Promise<string> {
  const { hostname, port } = new URL(target);
  const server = createServer((client) => {
    const upstream = createConnection({ host: hostname, port: Number(port) });
    const cut = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      socket.on("error", cut);
      socket.on("close", cut);
    }
    const { there, back } = fates();
    void handOn(client, upstream, there, cut);
    void handOn(upstream, client, back, cut);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", () => resolve());
  await promise;
  atTheEnd(() => server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return `http://127.0.0.1:${address.port}`;
}

async function handOn(from: Socket, to: Socket, fate: Fate, cut: () => void): Promise<void> {
  let at = 0;
  let hasStalled = false;
  const write = (bytes: Uint8Array) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    to.write(bytes, () => resolve());
    at += bytes.length;
    return promise;
  };
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      let rest = chunk;
      while (rest.length > 0) {
        if (at >= fate.cutAfter) return cut();
        if (at >= fate.stallAfter && !hasStalled) {
          hasStalled = true;
          await Bun.sleep(fate.stallMs);
        }
        const untilNext = Math.min(fate.cutAfter - at, hasStalled ? rest.length : fate.stallAfter - at);
        const size = at < fate.splitBytes ? 1 : Math.min(rest.length, Math.max(1, untilNext));
        if (to.destroyed) return cut();
        await write(rest.subarray(0, size));
        rest = rest.subarray(size);
      }
    }
    if (at >= fate.cutAfter) cut();
    else to.end();
  } catch {
    cut();
  }
}
