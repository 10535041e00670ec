/**
 * Time, timers and chance of a simulated run. The product's own classes run unaltered: what the runtime gives them
 * (timers, clocks, random numbers) is replaced while a run lasts, and a run is one turn of the real event loop.
 */
import { drainMicrotasks } from "bun:jsc";
import type { Random } from "./random.ts";

interface Task {
  readonly at: number;
  /** Of two that are due at once the earlier one made goes first. */
  readonly order: number;
  readonly work: () => void;
}

interface Handle {
  task: Task | null;
  unref(): Handle;
  ref(): Handle;
}

/** What a task may take of the clock that measures the event loop: now and then more than any slice of it. */
const SLOW_TURN = 0.05;
const SLOW_TURN_MS = 12;

export class Time {
  readonly random: Random;
  /** Milliseconds since 1970. */
  now = Date.UTC(2026, 0, 1);
  /** What turns of the event loop took. */
  #spent = 0;
  #order = 0;
  #tasks: Task[] = [];
  #immediates: (() => void)[] = [];

  constructor(random: Random) {
    this.random = random;
  }

  /** Does it in `ms`; what is due at one moment is done in the order in which it was asked for. */
  after(ms: number, work: () => void): Task {
    const task = { at: this.now + Math.max(0, ms), order: this.#order++, work };
    let low = 0;
    let high = this.#tasks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#tasks[middle];
      if (other && other.at <= task.at) low = middle + 1;
      else high = middle;
    }
    this.#tasks.splice(low, 0, task);
    return task;
  }

  /** Resolves in `ms`. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Goes on until nothing is left to do before `until`, or `isOver` says so. */
  run(until: number, isOver: () => boolean = () => false): void {
    drainMicrotasks();
    while (!isOver()) {
      const [next] = this.#tasks;
      const isDue = next !== undefined && next.at <= this.now;
      if (this.#immediates.length > 0 && !(isDue && this.random.chance(0.3))) this.#turn();
      else if (next && next.at <= until) {
        this.#tasks.shift();
        this.now = Math.max(this.now, next.at);
        if (this.random.chance(SLOW_TURN)) this.#spent += SLOW_TURN_MS * this.random.next();
        next.work();
      } else break;
      drainMicrotasks();
    }
    this.now = Math.max(this.now, until);
  }

  /** The product meets this time, and these numbers, until what it returns is called. */
  install(): () => void {
    const real = { ...pick(globalThis), sleep: Bun.sleep, monotonic: performance.now, date: Date.now };
    const timer = (work: () => void, ms = 0) => this.#handle(this.after(ms, work));
    Object.assign(globalThis, {
      setTimeout: timer,
      setInterval: (work: () => void, ms: number) => this.#interval(work, ms),
      setImmediate: (work: () => void) => void this.#immediates.push(work),
      clearTimeout: (handle?: Handle) => this.#cancel(handle),
      clearInterval: (handle?: Handle) => this.#cancel(handle),
    });
    Bun.sleep = (ms: number | Date) => this.wait(Number(ms));
    performance.now = () => this.now + this.#spent;
    Date.now = () => this.now;
    const random = Math.random;
    Math.random = this.random.next;
    return () => {
      const { sleep, monotonic, date, ...timers } = real;
      Object.assign(globalThis, timers);
      Bun.sleep = sleep;
      performance.now = monotonic;
      Date.now = date;
      Math.random = random;
    };
  }

  /** One phase of the event loop: what is asked for meanwhile is the next one's. */
  #turn(): void {
    const due = this.#immediates;
    this.#immediates = [];
    for (const work of due) {
      work();
      drainMicrotasks();
    }
  }

  #interval(work: () => void, ms: number): Handle {
    const handle = this.#handle(null);
    const again = () => {
      handle.task = this.after(ms, () => {
        again();
        work();
      });
    };
    again();
    return handle;
  }

  /** A timer that holds up no process is nobody's business: it never comes, in this run or in another. */
  #handle(task: Task | null): Handle {
    const handle: Handle = {
      task,
      unref: () => {
        this.#cancel(handle);
        return handle;
      },
      ref: () => handle,
    };
    return handle;
  }

  #cancel(handle?: Handle): void {
    const at = handle?.task ? this.#tasks.indexOf(handle.task) : -1;
    if (at >= 0) this.#tasks.splice(at, 1);
  }
}

function pick({ setTimeout, setInterval, setImmediate, clearTimeout, clearInterval }: typeof globalThis) {
  return { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval };
}
