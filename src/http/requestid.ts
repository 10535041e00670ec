/** The name that a request has in its answer and in the log: its own, where that can be shown, or one of ours. */
import { parseTraceparent, randomHex, type TraceContext } from "../log/tracecontext.ts";

/** What proxies and programs use: UUIDs, hexadecimal digits, base64, paths of parts. It stands in the log as it came. */
const SANE = /^[\w.:/+=@-]{1,128}$/;
/** Of this process, so that two never give the same name. */
const PREFIX = randomHex(6);

interface Named {
  readonly id: string;
  readonly trace: TraceContext | null;
}

const named = new WeakMap<Request, Named>();
let count = 0;

/** The same, however often it is asked for: `X-Request-Id` if it is sane, else drawn once. */
export function requestIdOf(request: Request): string {
  return nameOf(request).id;
}

/** Of its `traceparent`; null where there is none that can be read. */
export function traceOf(request: Request): TraceContext | null {
  return nameOf(request).trace;
}

/** What a line of the log says of a request. */
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
