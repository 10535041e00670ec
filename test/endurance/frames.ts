/** HTTP/2 by its frames (RFC 9113), for what no client library would send. */
import { connect, type TLSSocket } from "node:tls";
import { atTheEnd } from "../harness/cleanup.ts";

export const [HEADERS, RST_STREAM, SETTINGS] = [1, 3, 4] as const;
const ACK = 1;
/** END_STREAM and END_HEADERS. */
const WHOLE = 0x5;
const CANCEL = 8;
const INITIAL_WINDOW_SIZE = 4;

/** RFC 9113, section 4.1. */
function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A literal without indexing, whose name is in the static table (RFC 7541, section 6.2.2). */
function literal(index: number, value: string): Buffer {
  const length = value.length < 127 ? [value.length] : [127, value.length - 127];
  return Buffer.concat([
    Buffer.from(index < 15 ? [index] : [15, index - 15]),
    Buffer.from(length),
    Buffer.from(value),
  ]);
}

/** Of a GET, with its key. */
export function get(stream: number, authority: string, path: string, key: string): Buffer {
  const fields = [
    Buffer.from([0x82, 0x87]), // :method GET, :scheme https
    literal(4, path),
    literal(1, authority),
    literal(23, `Bearer ${key}`),
  ];
  return frame(HEADERS, WHOLE, stream, Buffer.concat(fields));
}

export function reset(stream: number): Buffer {
  return frame(RST_STREAM, 0, stream, Buffer.from([0, 0, 0, CANCEL]));
}

export interface Connection {
  readonly write: (bytes: Uint8Array) => boolean;
  readonly isClosed: () => boolean;
  readonly destroy: () => void;
}

/** Opens a connection on which each stream may be sent `windowBytes`. */
export async function open(url: string, windowBytes: number): Promise<Connection> {
  const { hostname, port } = new URL(url);
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const socket = connect({
    host: hostname,
    port: Number(port),
    ALPNProtocols: ["h2"],
    rejectUnauthorized: false,
  });
  let isClosed = false;
  socket.on("secureConnect", () => resolve(socket));
  socket.on("error", reject);
  socket.on("close", () => {
    isClosed = true;
    reject(new Error("closed"));
  });
  socket.resume();
  atTheEnd(() => socket.destroy());
  await promise;
  const settings = Buffer.alloc(6);
  settings.writeUInt16BE(INITIAL_WINDOW_SIZE, 0);
  settings.writeUInt32BE(windowBytes, 2);
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  socket.write(frame(SETTINGS, 0, 0, settings));
  socket.write(frame(SETTINGS, ACK, 0, Buffer.alloc(0)));
  return {
    write: (bytes) => socket.write(bytes),
    isClosed: () => isClosed,
    destroy: () => socket.destroy(),
  };
}
