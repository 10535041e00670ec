/** What a follower of a stream is handed, and what it tells of how it goes. */
import type { Message } from "../message.ts";
import type { Fetch, Target } from "./connect.ts";
import type { RetryableError } from "./failures.ts";

export type Phase = "connecting" | "catching up" | "live" | "reconnecting";

/** How one connection ended, where the client comes back: as the server announced, without a word, or badly. */
export type Ending =
  | { readonly kind: "closed"; readonly reason: string }
  | { readonly kind: "ended" }
  | { readonly kind: "interrupted"; readonly error: RetryableError };

/** Who wants to know how it goes. */
export interface Watch {
  phase(phase: Phase): void;
  /** A stream was opened. */
  connected(): void;
  /** Bytes came. */
  sign(): void;
  /** The server's heartbeat came. */
  heartbeat(): void;
  /** The server could not continue after the cursor. */
  gap(reason: string): void;
  /** The stream ended, and is opened again after `waitMs`. */
  waiting(ending: Ending, waitMs: number): void;
  /** The wait is over: the next connection is tried. */
  retrying(): void;
  /** Something that people should know. */
  note(text: string): void;
}

/** How far everything was handled, and for whom. */
export interface Reached {
  readonly cursor: string;
  readonly account: number | null;
}

/** The environment is handed in: `fetch`, clock, chance and waits. */
export interface FollowerOptions {
  readonly target: Target;
  readonly cursor: string | null;
  readonly silenceMs: number;
  /** Resolves to true once the message was handled; to false when it was not, because the end was asked for. */
  readonly handle: (message: Message) => Promise<boolean>;
  readonly keep: (reached: Reached) => void;
  /** Whether the cursor is kept after each message, and not only after each piece of the stream. */
  readonly keepsEach: boolean;
  readonly watch: Watch;
  readonly stop: AbortSignal;
  readonly fetch: Fetch;
  readonly random: () => number;
  /** Milliseconds of a clock that is never set. */
  readonly monotonic: () => number;
  readonly pause?: (ms: number, stop: AbortSignal) => Promise<void>;
}
