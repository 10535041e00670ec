/** A request's body, bounded before and while it is read. */
import { Fault } from "./errors.ts";

/** Throws the fault `payload_too_large`, without reading a body whose declared length says so. */
export async function readBody(request: Request, mostBytes: number): Promise<Uint8Array> {
  const declared = request.headers.get("content-length");
  if (declared !== null) {
    if (Number(declared) > mostBytes) throw tooLarge(mostBytes);
    return new Uint8Array(await request.arrayBuffer());
  }
  if (!request.body) return new Uint8Array();
  // Sent in chunks, without a length.
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.byteLength;
    if (bytes > mostBytes) throw tooLarge(mostBytes); // leaving the loop cancels the rest
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(mostBytes: number): Fault {
  return new Fault("payload_too_large", `The body is larger than ${mostBytes} bytes.`);
}
