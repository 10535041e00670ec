/** A request's body, bounded before and while it is read, in bytes, in pieces, and in what all may keep together. */
import { ApiError } from "../errors.ts";
import { withDeadline } from "../platform/deadline.ts";
import { Intake, type PendingBody } from "./intake.ts";

/**
 * A body may come in so many pieces of any size; beyond that each must hold so many bytes on average. Networks and
 * proxies send at least hundreds of bytes at a time. A million pieces of one byte occupied the process for three seconds.
 */
const MAX_TINY_PIECES = 128;
const MIN_PIECE_BYTES = 256;

/** The bodies of this process. */
const intake = new Intake(() => performance.now());

/**
 * The body, or what `judge` makes of it. Until `judge` has ended, the body counts among those that nobody has vouched
 * for. Throws the faults of `judge`; `payload_too_large`, without reading when the declared length already says so; and
 * `unavailable` when the body was given up in favour of others.
 */
export async function readBody<T = Uint8Array>(
  request: Request,
  maxBytes: number,
  judge?: (body: Uint8Array) => T | Promise<T>,
): Promise<T> {
  refuseTooLarge(request, maxBytes);
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  givenUp.catch(() => undefined);
  const pending = intake.enter(reject);
  try {
    const body = await Promise.race([read(request, maxBytes, pending, givenUp), givenUp]);
    return await Promise.race([judge ? judge(body) : (body as T), givenUp]);
  } finally {
    intake.leave(pending);
  }
}

/** Throws the fault `payload_too_large` when the declared length says so. */
export function refuseTooLarge(request: Request, maxBytes: number): void {
  if (declaredBytes(request) > maxBytes) throw tooLarge(maxBytes);
}

/** NaN when no length is declared. A body of another length never arrives: the runtime rejects it. */
function declaredBytes({ headers }: Request): number {
  return Number(headers.get("content-length") ?? Number.NaN);
}

function read(
  request: Request,
  maxBytes: number,
  pending: PendingBody,
  givenUp: Promise<never>,
): Promise<Uint8Array> {
  const declared = declaredBytes(request);
  if (Number.isNaN(declared)) return readPieces(request, maxBytes, pending, givenUp);
  // The runtime reads it in one go: a piece costs some 40 ns there, and 1 µs here. The declared length counts at once.
  intake.grow(pending, declared);
  return request.bytes();
}

/** Reads a body without a declared length piece by piece; the runtime holds the sender back between two reads. */
async function readPieces(
  { body }: Request,
  maxBytes: number,
  pending: PendingBody,
  givenUp: Promise<never>,
): Promise<Uint8Array> {
  const reader = body?.getReader();
  if (!reader) return new Uint8Array();
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  givenUp.catch(() => reader.cancel().catch(() => undefined));
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(pieces);
    bytes += value.byteLength;
    pieces.push(value);
    if (bytes <= maxBytes && pieces.length <= MAX_TINY_PIECES + bytes / MIN_PIECE_BYTES) {
      intake.grow(pending, value.byteLength);
      continue;
    }
    void reader.cancel().catch(() => undefined);
    throw bytes > maxBytes ? tooLarge(maxBytes) : tooManyPieces();
  }
}

/** How much is read of a body that nobody wants, and for how long. */
const DISCARDED_BYTES = 64 * 1024;
const DISCARD_MS = 1_000;

/**
 * Over HTTP/2 the runtime resets a stream that is answered before its request was read to the end, and curl, for
 * example, then loses the answer. So a refusal first reads what fits into one flight.
 */
export async function discardBody(request: Request): Promise<void> {
  if (!request.body || request.bodyUsed) return;
  const reading = readBody(request, DISCARDED_BYTES);
  await withDeadline(reading, DISCARD_MS, () => new Error("too slow")).catch(() => undefined);
}

function tooLarge(maxBytes: number): ApiError {
  return new ApiError("payload_too_large", `The body is larger than ${maxBytes} bytes.`);
}

function tooManyPieces(): ApiError {
  return new ApiError("payload_too_large", "The body comes in too many small pieces.");
}
