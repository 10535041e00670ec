/**
 * The only reader of what is new, strictly by seq. Everything else (own commits, a timer, later another process's
 * bell) only rings it: a bell may be lost, doubled or late, because what counts is what the store says.
 */
import type { Read } from "../database/connection.ts";
import type { Installation } from "../database/installation.ts";
import type { StoredMessage } from "../message.ts";
import { readNew } from "./page.ts";

export interface News {
  /** In the order of seq, each once. */
  readonly messages: readonly StoredMessage[];
  /** The position up to which everything has now been announced. */
  readonly through: number;
}

export class Tail {
  readonly #read: Read;
  readonly #announce: (news: News) => void;
  #installation: Installation;
  #position: number;
  #current: Promise<void> = Promise.resolve();
  /** A reading that has not begun: whoever asks meanwhile shares it. */
  #next: Promise<void> | null = null;

  /** Announces what comes after `installation.position`. */
  constructor(read: Read, installation: Installation, announce: (news: News) => void) {
    this.#read = read;
    this.#announce = announce;
    this.#installation = installation;
    this.#position = installation.position;
  }

  /** Everything up to here has been announced. */
  get position(): number {
    return this.#position;
  }

  /** As the latest reading found it. */
  get installation(): Installation {
    return this.#installation;
  }

  /** Resolves when all that was committed before this call has been announced. Throws what reading throws. */
  catchUp(): Promise<void> {
    this.#next ??= this.#current
      .catch(() => undefined)
      .then(() => {
        this.#next = null;
        this.#current = this.#readAll();
        return this.#current;
      });
    return this.#next;
  }

  async #readAll(): Promise<void> {
    for (;;) {
      const { messages, through, installation } = await readNew(this.#read, this.#position);
      this.#installation = installation;
      if (through > this.#position) {
        this.#position = through;
        this.#announce({ messages, through });
      }
      if (through >= installation.position) return;
    }
  }
}
