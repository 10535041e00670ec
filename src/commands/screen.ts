/**
 * What people see of a client that follows a stream: notes, and on a terminal a line at the bottom that says how it
 * goes. Everything that a server or a message says is escaped here.
 */
import { Notes } from "../client/notes.ts";
import type { Ending, Phase, Watch } from "../client/watch.ts";
import type { Message } from "../message.ts";
import { escaped, note, OutputClosed } from "./output.ts";

export interface ScreenOptions {
  /** Writes to the terminal as it is; null where there is none, and no status then. */
  readonly draw: ((text: string) => void) | null;
  readonly columns: () => number;
  /** Milliseconds of a clock that is never set. */
  readonly monotonic: () => number;
}

const INTERVAL_MS = 1_000;
const CLEAR = "\r\u001B[K";

export class Screen implements Watch {
  readonly #options: ScreenOptions;
  readonly #timer: Timer | undefined;
  #phase: Phase = "connecting";
  #count = 0;
  #signAt: number | null = null;
  /** While somebody else writes to the terminal. */
  #isHidden = false;
  readonly #notes = new Notes((text) => this.note(text));

  constructor(options: ScreenOptions) {
    this.#options = options;
    if (options.draw) this.#timer = setInterval(() => this.#draw(), INTERVAL_MS);
  }

  phase(phase: Phase): void {
    this.#phase = phase;
    this.#draw();
  }

  connected(): void {
    this.#notes.connected();
  }

  sign(): void {
    this.#signAt = this.#options.monotonic();
    this.#draw();
  }

  heartbeat(): void {}

  retrying(): void {}

  gap(reason: string): void {
    this.#notes.gap(reason);
  }

  waiting(ending: Ending): void {
    this.#notes.waiting(ending);
  }

  /** Nobody may be reading: that ends no client. */
  note(text: string): void {
    this.#clear();
    try {
      note(escaped(text));
    } catch (error) {
      if (!(error instanceof OutputClosed)) throw error;
    }
    this.#draw();
  }

  /** The terminal is left to `work`, which handles a message. */
  async during(work: () => Promise<boolean>): Promise<boolean> {
    this.#clear();
    this.#isHidden = true;
    try {
      const handled = await work();
      if (handled) this.#count++;
      return handled;
    } finally {
      this.#isHidden = false;
      this.#draw();
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#clear();
    this.#isHidden = true;
  }

  #clear(): void {
    if (!this.#isHidden) this.#options.draw?.(CLEAR);
  }

  #draw(): void {
    const { draw, columns, monotonic } = this.#options;
    if (!draw || this.#isHidden) return;
    const ageMs = this.#signAt === null ? null : monotonic() - this.#signAt;
    // One column less: a full line would wrap, and stay.
    draw(`${CLEAR}${statusLine(this.#phase, this.#count, ageMs).slice(0, Math.max(0, columns() - 1))}`);
  }
}

/** `ageMs` is how long ago the server was heard; null when it never was. */
export function statusLine(phase: Phase, count: number, ageMs: number | null): string {
  const messages = count === 1 ? "1 message" : `${count} messages`;
  const sign = ageMs === null ? "" : ` · heard ${shownAge(ageMs)} ago`;
  return `${phase} · ${messages}${sign}`;
}

function shownAge(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}

/** One line for people. What stands in brackets is ours, and before the texts, which could imitate it. */
export function shownMessage({
  received_at,
  from,
  to,
  body,
  subject,
  media,
  keyword,
  spam,
  recovered,
}: Message): string {
  const marks = [
    ...(keyword ? [`[${keyword}] `] : []),
    ...(Array.isArray(media) && media.length > 0 ? [`[MMS ${media.length}] `] : []),
    ...(spam ? ["[spam] "] : []),
    ...(recovered ? ["[recovered] "] : []),
  ];
  const text = subject ? `${subject}${body ? ` · ${body}` : ""}` : body;
  return escaped(`${received_at}  ${from} → ${to}  ${marks.join("")}${text}`);
}

/** JSON in which control characters are written as JSON's own escapes: the same to a program, harmless to a terminal. */
export function jsonLine(message: Message): string {
  return escaped(JSON.stringify(message));
}
