/** A request's body, bounded before and while it is read. */
import { Fault } from "../errors.ts";
import { withDeadline } from "../platform/deadline.ts";

/** Throws the fault `payload_too_large`, without reading a body whose declared length says so. */
export async function readBody(request: Request, mostBytes: number): Promise<Uint8Array> {
  const declared = request.headers.get("content-length");
  if (declared !== null) {
    if (Number(declared) > mostBytes) throw tooLarge(mostBytes);
    return request.bytes();
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

/** What is taken in of a body that nobody wants, and for how long. */
const DISCARDED_BYTES = 64 * 1024;
const DISCARD_MS = 1_000;

/**
 * Over HTTP/2 the runtime resets a stream that is answered before its request was read to the end, and curl for one
 * then loses the answer. So a refusal reads what fits into one flight first.
 */
export async function discardBody(request: Request): Promise<void> {
  if (!request.body || request.bodyUsed) return;
  const reading = readBody(request, DISCARDED_BYTES);
  await withDeadline(reading, DISCARD_MS, () => new Error("too slow")).catch(() => undefined);
}

function tooLarge(mostBytes: number): Fault {
  return new Fault("payload_too_large", `The body is larger than ${mostBytes} bytes.`);
}
