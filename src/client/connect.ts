/**
 * One request for a stream, and what its answer means: a stream to read, a reason to come back later
 * ({@link RetryableError}), or one to give up (`CommandError`). The key goes to the address that was given and nowhere else.
 */
import { CommandError, errorCode } from "../errors.ts";
import { withDeadline } from "../platform/deadline.ts";
import { retryAfterMs } from "./backoff.ts";
import { Denied, RetryableError, retryableBy } from "./failures.ts";

/** Where a client without a cursor starts. */
export type Since = "all" | { readonly durationMs: number } | { readonly time: string };

export interface Target {
  /** Of the server, or of the stream itself. */
  readonly url: string;
  readonly key: string;
  readonly to: readonly string[];
  readonly since: Since | null;
  /** ` through the proxy …`, where requests go through one. */
  readonly through?: string;
}

export interface Start {
  readonly cursor: string | null;
  /** How long ago the client was started, in ms: that much further back `--since 10m` lies by now. */
  readonly elapsedMs: number;
  /**
   * Whether this address has been a stream before. Then a page instead of a stream, or a 404, is a proxy or a release
   * in between, which passes; for a new client it is a wrong address.
   */
  readonly wasStream: boolean;
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** A server that is alive answers within the ten seconds in which it lets clients wait in line. */
const ANSWER_MS = 30_000;
const MAX_ANSWER_BYTES = 65_536;
const MAX_SHOWN = 300;

const STREAM_PATH = "/api/v1/sms/stream";

export function streamUrl(
  { url, to, since }: Target,
  { cursor, elapsedMs }: Pick<Start, "cursor" | "elapsedMs">,
): string {
  const base = url.replace(/\/+$/, "");
  const target = new URL(base.endsWith("/sms/stream") ? base : `${base}${STREAM_PATH}`);
  for (const number of to) target.searchParams.append("to", number);
  if (cursor === null && since !== null) target.searchParams.set("since", sinceText(since, elapsedMs));
  return target.href;
}

/** Durations stay durations: the server's clock counts, not this machine's. */
function sinceText(since: Since, elapsedMs: number): string {
  if (since === "all") return since;
  return "time" in since ? since.time : `${Math.ceil((since.durationMs + elapsedMs) / 1000)}s`;
}

/** Throws {@link RetryableError} and `CommandError`. */
export async function connect(
  target: Target,
  start: Start,
  signal: AbortSignal,
  fetch: Fetch,
): Promise<ReadableStream<Uint8Array>> {
  const headers: Record<string, string> = {
    accept: "text/event-stream",
    // Compression would hold events back.
    "accept-encoding": "identity",
    authorization: `Bearer ${target.key}`,
    ...(start.cursor === null ? {} : { "last-event-id": start.cursor }),
  };
  let response: Response;
  try {
    const asking = fetch(streamUrl(target, start), { headers, redirect: "manual", signal });
    response = await withDeadline(
      asking,
      ANSWER_MS,
      () => new Overdue(`no answer for ${ANSWER_MS / 1000} s`),
    );
  } catch (cause) {
    // A certificate that was good before is being renewed; one that never was stays what it is.
    if (!start.wasStream && isUntrusted(cause)) throw untrusted(target.url, cause);
    const trouble = signal.aborted || cause instanceof Overdue ? "silent" : "unreachable";
    throw retryableBy(trouble, `${target.url} cannot be reached${target.through ?? ""}`, cause);
  }
  if (response.status !== 200) throw await refused(response, target, start);
  const type = response.headers.get("content-type") ?? "nothing";
  if (!/^text\/event-stream\b/i.test(type) || !response.body) {
    const said = `${target.url} answered with ${short(type)} instead of a stream`;
    if (start.wasStream) throw new RetryableError("refused", said);
    throw new CommandError(`${said}: is this the address of an Inlet server?`);
  }
  return response.body;
}

function isUntrusted(cause: unknown): boolean {
  return /CERT|ISSUER|ALTNAME|LEAF_SIGNATURE/.test(errorCode(cause) ?? "");
}

function untrusted(url: string, cause: unknown): CommandError {
  return new CommandError(
    `the certificate of ${url} is not trusted here (${errorCode(cause)}): it is expired, names another host, or is signed by nobody that this machine knows; NODE_EXTRA_CA_CERTS=FILE trusts one more`,
    { cause },
  );
}

/** Those that pass by themselves; every other status stays what it is until somebody changes something. */
const PASSING = new Set([408, 425, 429]);

/** No answer came in time. */
class Overdue extends Error {}

async function refused(
  response: Response,
  { url, through = "" }: Target,
  { wasStream }: Start,
): Promise<Error> {
  const { status, headers } = response;
  const said = `${url} answered ${status}${through}`;
  // A browser hides a redirect that is not followed behind the status 0.
  if ((status >= 300 && status < 400) || response.type === "opaqueredirect") {
    const location = short(headers.get("location") ?? "nowhere");
    return new CommandError(
      `${said} and points to ${location}: the key is not sent there; give --url the address that is meant`,
    );
  }
  const why = await reason(response);
  const whole = why === null ? said : `${said}: ${why}`;
  if (status >= 500 || PASSING.has(status) || (status === 404 && wasStream))
    return new RetryableError("refused", whole, {
      retryAfterMs: retryAfterMs(headers.get("retry-after"), Date.now()),
      said: why,
    });
  if (status === 401) return new Denied("unauthorized", whole, why);
  if (status === 403) return new Denied("forbidden", whole, why);
  return new CommandError(status === 404 ? `${said}: is this the address of an Inlet server?` : whole);
}

/** What the error envelope says; null when there is none. */
async function reason(response: Response): Promise<string | null> {
  const answer = await withDeadline(readStart(response), ANSWER_MS, () => new Error("too slow"))
    .then((text): unknown => JSON.parse(text))
    .catch(() => null);
  if (typeof answer !== "object" || answer === null || !("error" in answer)) return null;
  const { message, fields } = (answer.error ?? {}) as { message?: unknown; fields?: unknown };
  if (typeof message !== "string") return null;
  const faults = typeof fields === "object" && fields !== null ? Object.entries(fields) : [];
  return short([message, ...faults.map(([name, fault]) => `${name} ${String(fault)}`)].join(" "));
}

async function readStart(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  // Not `for await`: Safari's streams cannot be iterated.
  const reader = response.body?.getReader();
  let text = "";
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    text += decoder.decode(read.value, { stream: true });
    if (text.length > MAX_ANSWER_BYTES) break;
  }
  reader?.cancel().catch(() => undefined);
  return text;
}

function short(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
