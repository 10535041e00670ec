/** What people are told of a stream that is followed: each trouble once, that it is over, and what may be missing. */
import type { Ending } from "./watch.ts";

export class Notes {
  readonly #tell: (text: string) => void;
  /** The trouble that was told last, so that it is told once; null while there is none. */
  #trouble: string | null = null;

  /** What a server said may be in what is told. */
  constructor(tell: (text: string) => void) {
    this.#tell = tell;
  }

  waiting(ending: Ending): void {
    if (ending.kind !== "interrupted") return;
    const { message } = ending.error;
    if (message !== this.#trouble) this.#tell(`${message}; trying again`);
    this.#trouble = message;
  }

  connected(): void {
    if (this.#trouble !== null) this.#tell("connected again");
    this.#trouble = null;
  }

  gap(reason: string): void {
    this.#tell(gapSentence(reason));
  }
}

function gapSentence(reason: string): string {
  switch (reason) {
    case "unknown_cursor":
      return "gap: the server does not know this position, which belongs to another database; continuing from now, and what came before may be missing";
    case "ahead":
      return "gap: the server's database never reached this position, so it may be an older copy; continuing from now, and what came before may be missing";
    case "expired":
      return "gap: the server no longer keeps everything after this position; what it keeps follows, and older messages are missing";
    default:
      return `gap: messages may be missing (${reason.slice(0, 100)})`;
  }
}
