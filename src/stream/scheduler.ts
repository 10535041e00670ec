/**
 * The time that opening and replaying streams may take of each turn of the event loop. A herd that comes back at
 * once waits here in line, and so delays nobody's heartbeat and no webhook.
 */
import { yieldToEventLoop } from "../platform/eventloop.ts";

/** After so long, the rest of the event loop has its turn. */
const SLICE_MS = 8;
/** How much is under way at once: more than one pays off where the database is across a network. */
const CONCURRENCY = 8;
/** How much that was begun may lie at the front of the line before it is cut off. */
const COMPACT_AT = 10_000;

export class Scheduler {
  /** Those before `#begun` have been taken: taking from the front costs the same however long the line is. */
  #line: (() => Promise<void>)[] = [];
  #begun = 0;
  /** Lanes that take from the line: a new one starts only below the bound, and ends where the line does. */
  #running = 0;
  /** By the monotonic clock, and only while `#inTurn`: all lanes together have one slice of each turn. */
  #turnEnds = 0;
  /** Whether the turn that `#turnEnds` is of still lasts; the event loop itself says when it is over. */
  #inTurn = false;

  /** Does the work when it is its turn, and resolves or rejects as it does. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#line.push(() => work().then(resolve, reject));
    if (this.#running < CONCURRENCY) void this.#lane();
    return promise;
  }

  /** Takes from the front of the line until it is empty. Nothing that was taken waits: others would overtake it. */
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

  #take(): (() => Promise<void>) | undefined {
    const work = this.#line[this.#begun];
    if (work) this.#begun++;
    if (this.#begun === this.#line.length || this.#begun >= COMPACT_AT) {
      this.#line = this.#line.slice(this.#begun);
      this.#begun = 0;
    }
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
