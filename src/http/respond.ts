/** How the routes that read the store answer: in time, in the contract's form, and kept by no cache. */
import { ApiError, unavailable } from "../errors.ts";
import { errorFields, log } from "../log/log.ts";
import { withDeadline } from "../platform/deadline.ts";
import { ownBody, PART_BYTES, pulledBody } from "./pulled.ts";

/** A client had better come back than wait for a database that hangs. */
const DEADLINE_MS = 10_000;

const HEADERS = { "cache-control": "no-store" };
const JSON_HEADERS = { "content-type": "application/json;charset=utf-8", ...HEADERS };
const encoder = new TextEncoder();

/**
 * JSON, however large. `onEnd` is called exactly once, when the answer has been taken or given up (see
 * {@link ownBody}). Throws the fault `unavailable` when too much waits for other clients.
 */
export function answer(
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
  onEnd: () => void = () => undefined,
): Response {
  return new Response(ownBody(encoded(body), onEnd), { headers: { ...JSON_HEADERS, ...headers } });
}

/** A small answer as JSON. */
export function encoded(body: unknown): Uint8Array<ArrayBuffer> {
  return encoder.encode(JSON.stringify(body));
}

/** JSON that many answers share: each holds only the part that is on its way. */
export function shared(json: Uint8Array<ArrayBuffer>): Response {
  return new Response(json.length <= PART_BYTES ? json : pulledBody(json), { headers: JSON_HEADERS });
}

export function nothing(headers: Readonly<Record<string, string>>): Response {
  return new Response(null, { status: 204, headers: { ...HEADERS, ...headers } });
}

/** Throws the faults of `work`, and `unavailable` when the database does not answer it. */
export async function fromStore<T>(work: Promise<T>): Promise<T> {
  try {
    return await withDeadline(work, DEADLINE_MS, () => new Error("the database does not answer in time"));
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    log.error("the store could not be read", errorFields(cause));
    throw unavailable(cause);
  }
}
