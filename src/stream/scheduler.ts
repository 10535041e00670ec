/**
 * The time that opening and replaying streams may take of each turn of the event loop. A herd that comes back at
 * once waits here in line, and so delays nobody's heartbeat and no webhook. Accounts have their turns one after the
 * other: another account's stream opens as fast, however many long replays one account has under way.
 */
import { yieldToEventLoop } from "../platform/eventloop.ts";

/** After so long, the rest of the event loop has its turn. */
const SLICE_MS = 8;
/** How much is under way at once: more than one pays off where the database is across a network. */
const CONCURRENCY = 8;
/** How much that was begun may lie at the front of a line before it is cut off. */
const COMPACT_AT = 10_000;

type Work = () => Promise<void>;

/** One account's. Taking from its front costs the same however long it is. */
class Line {
  #works: Work[] = [];
  /** Those before it have been taken. */
  #begun = 0;

  get isEmpty(): boolean {
    return this.#begun === this.#works.length;
  }

  push(work: Work): void {
    this.#works.push(work);
  }

  shift(): Work | undefined {
    const work = this.#works[this.#begun];
    if (work) this.#begun++;
    if (this.isEmpty || this.#begun >= COMPACT_AT) {
      this.#works = this.#works.slice(this.#begun);
      this.#begun = 0;
    }
    return work;
  }
}

export class Scheduler {
  /** No line is empty. The account whose turn is next comes first, and goes to the end. */
  readonly #lines = new Map<number, Line>();
  /** Lanes that take from the lines: a new one starts only below the bound, and ends where they are empty. */
  #running = 0;
  /** By the monotonic clock, and only while `#inTurn`: all lanes together have one slice of each turn. */
  #turnEnds = 0;
  /** Whether the turn that `#turnEnds` is of still lasts; the event loop itself says when it is over. */
  #inTurn = false;

  /** Does the account's work when it is its turn, and resolves or rejects as it does. */
  run<T>(account: number, work: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const line = this.#lines.get(account) ?? new Line();
    this.#lines.set(account, line);
    line.push(() => work().then(resolve, reject));
    if (this.#running < CONCURRENCY) void this.#lane();
    return promise;
  }

  /** Takes from the front of the lines until they are empty. Nothing that was taken waits: others would overtake it. */
  async #lane(): Promise<void> {
    this.#running++;
    for (;;) {
      // Again and again: all lanes wake in the same turn, and the first of them may have used it up.
      while (this.#inTurn && performance.now() > this.#turnEnds) await yieldToEventLoop();
      if (!this.#inTurn) this.#startTurn();
      const work = this.#take();
      if (!work) break;
      await work();
    }
    this.#running--;
  }

  #take(): Work | undefined {
    const [first] = this.#lines;
    if (!first) return undefined;
    const [account, line] = first;
    const work = line.shift();
    this.#lines.delete(account);
    if (!line.isEmpty) this.#lines.set(account, line);
    return work;
  }

  #startTurn(): void {
    this.#inTurn = true;
    this.#turnEnds = performance.now() + SLICE_MS;
    setImmediate(() => {
      this.#inTurn = false;
    });
  }
}
