/** HTTP/1 as bytes on a socket: what no client would send, and what it is answered. */
import { createConnection } from "node:net";

export interface RawAnswer {
  /** 0 when the connection was closed without an answer. */
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends the bytes on a connection of their own, and resolves to what came until it was closed, by us or the server. */
export function rawHttp(url: string, request: string | Uint8Array, waitMs = 10_000): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const { promise, resolve } = Promise.withResolvers<RawAnswer>();
  const chunks: Buffer[] = [];
  const socket = createConnection({ host: hostname, port: Number(port) }, () => socket.write(request));
  const timer = setTimeout(() => socket.destroy(), waitMs);
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => undefined);
  socket.on("close", () => {
    clearTimeout(timer);
    const [head = "", ...rest] = Buffer.concat(chunks).toString("latin1").split("\r\n\r\n");
    resolve({ status: Number(head.split(" ")[1] ?? 0), head, body: rest.join("\r\n\r\n") });
  });
  return promise;
}
