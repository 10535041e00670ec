/** The id of a request in its answer and in the log: its own, if that may be shown, or one of ours. */
import { parseTraceparent, randomHex, type TraceContext } from "../log/tracecontext.ts";

/** The forms that proxies and programs use: UUIDs, hexadecimal digits, base64, paths. The log shows it as it came. */
const SANE = /^[\w.:/+=@-]{1,128}$/;
/** Differs between processes, so that no two give the same id. */
const PREFIX = randomHex(6);

interface Named {
  readonly id: string;
  readonly trace: TraceContext | null;
}

const named = new WeakMap<Request, Named>();
let count = 0;

/** The same id at each call: `X-Request-Id` if that is sane, else one that is made once. */
export function requestIdOf(request: Request): string {
  return nameOf(request).id;
}

/** The trace id of its `traceparent`; null when there is none that can be read. */
export function traceOf(request: Request): TraceContext | null {
  return nameOf(request).trace;
}

/** What a line in the log says about a request. */
export function requestFields(request: Request): { readonly request_id: string; readonly trace_id?: string } {
  const { id, trace } = nameOf(request);
  return { request_id: id, ...(trace ? { trace_id: trace.traceId } : {}) };
}

function nameOf(request: Request): Named {
  const known = named.get(request);
  if (known) return known;
  const shown = request.headers.get("x-request-id");
  const id = shown !== null && SANE.test(shown) ? shown : `${PREFIX}-${(count++).toString(36)}`;
  const found = { id, trace: parseTraceparent(request.headers.get("traceparent")) };
  named.set(request, found);
  return found;
}
