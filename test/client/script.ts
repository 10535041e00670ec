/** A server that answers each request with the next thing on its list, and a follower that takes note of everything. */
import { Follower } from "../../src/client/follower.ts";
import { Notes } from "../../src/client/notes.ts";
import type { FollowerOptions, Phase, Reached } from "../../src/client/watch.ts";
import type { Message } from "../../src/message.ts";

export interface Asked {
  readonly url: URL;
  readonly headers: Headers;
  readonly redirect: string | undefined;
}

export type Answer = (signal: AbortSignal) => Response | Promise<Response>;

const STREAM = { "content-type": "text/event-stream" };

/** A stream of these pieces, which then ends; or stays open, as one that lives does. */
export function stream(pieces: readonly string[], end: "ends" | "stays" = "ends"): Answer {
  return (signal) => {
    const rest = pieces.map((piece) => new TextEncoder().encode(piece));
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          signal.addEventListener("abort", () => {
            try {
              controller.error(signal.reason);
            } catch {
              // It has ended.
            }
          });
        },
        pull: (controller) => {
          const piece = rest.shift();
          if (piece) controller.enqueue(piece);
          else if (end === "ends") controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { headers: STREAM });
  };
}

export function answer(status: number, body = "", headers: Record<string, string> = {}): Answer {
  return () => new Response(body, { status, headers });
}

export function broken(code: string): Answer {
  return () => {
    throw Object.assign(new TypeError("fetch failed"), { code });
  };
}

export function event(event: string, data: object, id?: string): string {
  return `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

export function connected(id: string, account = 1): string {
  return event("connected", { clientId: `sms-${account}-1716000000000-abc1234`, timestamp: 1 }, id);
}

export function text(n: number, body = `text ${n}`): string {
  const message = {
    message_id: `msg_${n}`,
    from: "+14155551234",
    to: "+14155559999",
    body,
    received_at: "then",
  };
  return event("sms_received", message, `e0e0-${n}`);
}

export interface Followed {
  readonly asked: Asked[];
  readonly handled: string[];
  readonly kept: Reached[];
  readonly waits: number[];
  readonly notes: string[];
  readonly phases: Phase[];
}

/** Follows until the list of answers is used up. What `run` threw is thrown. */
export async function follow(
  answers: readonly Answer[],
  options: Partial<FollowerOptions> & { readonly onFollower?: (follower: Follower) => void } = {},
  into: Partial<Followed> = {},
): Promise<Followed> {
  const followed: Followed = { asked: [], handled: [], kept: [], waits: [], notes: [], phases: [], ...into };
  const stop = new AbortController();
  const rest = [...answers];
  const fetch = async (url: string, init: RequestInit) => {
    const headers = new Headers(init.headers);
    followed.asked.push({ url: new URL(url), headers, redirect: init.redirect });
    const next = rest.shift();
    if (next && init.signal) return next(init.signal);
    stop.abort();
    throw new Error("the list is used up");
  };
  const notes = new Notes((note) => followed.notes.push(note));
  const follower = new Follower({
    target: { url: "http://127.0.0.1:3000", key: "inlet_key", to: [], since: null },
    cursor: null,
    silenceMs: 10_000,
    handle: async (message: Message) => {
      followed.handled.push(message.body);
      return true;
    },
    keep: (reached) => followed.kept.push(reached),
    keepsEach: true,
    watch: {
      phase: (phase) => followed.phases.push(phase),
      connected: () => notes.connected(),
      sign: () => undefined,
      heartbeat: () => undefined,
      retrying: () => undefined,
      gap: (reason) => notes.gap(reason),
      waiting: (ending) => notes.waiting(ending),
      note: (note) => followed.notes.push(note),
    },
    stop: stop.signal,
    fetch,
    random: () => 0,
    monotonic: () => 0,
    pause: async (ms) => {
      followed.waits.push(ms);
    },
    ...options,
  });
  options.onFollower?.(follower);
  await follower.run();
  return followed;
}

/** The sentence with which it failed. */
export async function failure(failing: Promise<unknown>): Promise<string> {
  return failing.then(
    () => "it did not fail",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}
