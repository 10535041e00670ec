/**
 * One request for a stream, and what its answer means: a stream to read, a reason to come back later
 * ({@link Interrupted}), or one to give up (`Refusal`). The key goes to the address that was given and nowhere else.
 */
import { Refusal } from "../errors.ts";
import { withDeadline } from "../platform/deadline.ts";
import { retryAfterMs } from "./backoff.ts";
import { Interrupted, interruptedBy } from "./interrupted.ts";

/** Where a client without a cursor starts. */
export type Since = "all" | { readonly durationMs: number } | { readonly time: string };

export interface Target {
  /** Of the server, or of the stream itself. */
  readonly url: string;
  readonly key: string;
  readonly to: readonly string[];
  readonly since: Since | null;
}

export interface Start {
  readonly cursor: string | null;
  /** How long ago the client was started, in ms: that much further back `--since 10m` lies by now. */
  readonly elapsedMs: number;
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** A server that is alive answers within the ten seconds in which it lets clients wait in line. */
const ANSWER_MS = 30_000;
const LARGEST_ANSWER_BYTES = 65_536;
const LONGEST_SHOWN = 300;

const STREAM_PATH = "/api/v1/sms/stream";

export function streamUrl({ url, to, since }: Target, { cursor, elapsedMs }: Start): string {
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

/** Throws {@link Interrupted} and `Refusal`. */
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
    response = await withDeadline(asking, ANSWER_MS, () => new Error(`no answer for ${ANSWER_MS / 1000} s`));
  } catch (cause) {
    throw interruptedBy(`${target.url} cannot be reached`, cause);
  }
  if (response.status !== 200) throw await refused(response, target);
  const type = response.headers.get("content-type") ?? "nothing";
  if (!/^text\/event-stream\b/i.test(type) || !response.body) {
    throw new Refusal(
      `${target.url} answered with ${short(type)} instead of a stream: is this the address of an Inlet server?`,
    );
  }
  return response.body;
}

/** Those that pass by themselves; every other status stays what it is until somebody changes something. */
const PASSING = new Set([408, 425, 429]);

async function refused(response: Response, { url }: Target): Promise<Error> {
  const { status, headers } = response;
  const said = `${url} answered ${status}`;
  if (status >= 300 && status < 400) {
    const location = short(headers.get("location") ?? "nowhere");
    return new Refusal(
      `${said} and points to ${location}: the key is not sent there; give --url the address that is meant`,
    );
  }
  const why = await reason(response);
  if (status >= 500 || PASSING.has(status))
    return new Interrupted(`${said}${why}`, retryAfterMs(headers.get("retry-after"), Date.now()));
  return new Refusal(`${said}${status === 404 ? ": is this the address of an Inlet server?" : why}`);
}

/** What the error envelope says, as `: …`; nothing when there is none. */
async function reason(response: Response): Promise<string> {
  const answer = await withDeadline(readStart(response), ANSWER_MS, () => new Error("too slow"))
    .then((text): unknown => JSON.parse(text))
    .catch(() => null);
  if (typeof answer !== "object" || answer === null || !("error" in answer)) return "";
  const { message, fields } = (answer.error ?? {}) as { message?: unknown; fields?: unknown };
  if (typeof message !== "string") return "";
  const faults = typeof fields === "object" && fields !== null ? Object.entries(fields) : [];
  return `: ${short([message, ...faults.map(([name, fault]) => `${name} ${String(fault)}`)].join(" "))}`;
}

async function readStart(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > LARGEST_ANSWER_BYTES) break;
  }
  return text;
}

function short(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
