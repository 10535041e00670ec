/** How the routes that read the store answer: in time, in the contract's form, and kept by no cache. */
import { ApiError, unavailable } from "../errors.ts";
import { errorFields, log } from "../log/log.ts";
import { withDeadline } from "../platform/deadline.ts";
import { ownBody } from "./pulled.ts";

/** A client would rather come back than wait for a database that hangs. */
const DEADLINE_MS = 10_000;

const HEADERS = { "cache-control": "no-store" };
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
  const bytes = encoder.encode(JSON.stringify(body));
  const init = { headers: { "content-type": "application/json;charset=utf-8", ...HEADERS, ...headers } };
  return new Response(ownBody(bytes, onEnd), init);
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
