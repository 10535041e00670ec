/**
 * What every process of one start says when one of them is asked: the port is shared, so whoever asks reaches any of
 * them. The one asks the parent, the parent asks the others, and what has come in time goes back.
 */

/** How long the others are waited for: a process that hangs is left out, and whoever asks has an answer. */
const PATIENCE_MS = 500;
/** Surveys under way in one process: each holds what the others say. More have an empty answer. */
const MAX_UNDER_WAY = 16;

/** What a process said, and its place among its siblings, from 1 on. */
export interface Said {
  readonly place: number;
  readonly value: unknown;
}

export type FromSurveyed =
  | { readonly kind: "survey"; readonly id: number }
  | { readonly kind: "said"; readonly id: number; readonly value: unknown };
export type ToSurveyed =
  | { readonly kind: "say"; readonly id: number }
  | { readonly kind: "surveyed"; readonly id: number; readonly all: readonly Said[] };

/** A process's own half. */
export class Survey {
  readonly #tellParent: (message: FromSurveyed) => void;
  readonly #own: () => unknown;
  readonly #waiting = new Map<number, (all: readonly Said[]) => void>();
  #nextId = 1;

  /** `own` is what this process says. */
  constructor(tellParent: (message: FromSurveyed) => void, own: () => unknown) {
    this.#tellParent = tellParent;
    this.#own = own;
  }

  /** What all say, this process included; of those that do not answer in time nothing. */
  take(): Promise<readonly Said[]> {
    if (this.#waiting.size >= MAX_UNDER_WAY) return Promise.resolve([]);
    const id = this.#nextId++;
    const { promise, resolve } = Promise.withResolvers<readonly Said[]>();
    this.#waiting.set(id, resolve);
    this.#tellParent({ kind: "survey", id });
    // A parent that hangs must not hang us.
    setTimeout(() => this.#end(id, []), 2 * PATIENCE_MS).unref();
    return promise;
  }

  hear(message: ToSurveyed): void {
    if (message.kind === "surveyed") this.#end(message.id, message.all);
    else this.#tellParent({ kind: "said", id: message.id, value: this.#own() });
  }

  #end(id: number, all: readonly Said[]): void {
    this.#waiting.get(id)?.(all);
    this.#waiting.delete(id);
  }
}

interface UnderWay<Worker> {
  readonly all: Said[];
  readonly missing: Set<Worker>;
  readonly end: () => void;
}

/** The parent's half. */
export class Surveyor<Worker> {
  readonly #say: (worker: Worker, message: ToSurveyed) => void;
  readonly #underWay = new Map<number, UnderWay<Worker>>();
  #nextId = 1;

  constructor(say: (worker: Worker, message: ToSurveyed) => void) {
    this.#say = say;
  }

  /** `workers` by their place. */
  hear(from: Worker, message: FromSurveyed, workers: ReadonlyMap<Worker, number>): void {
    if (message.kind === "said") return this.#note(from, message, workers);
    const id = this.#nextId++;
    const all: Said[] = [];
    const end = () => {
      if (!this.#underWay.delete(id)) return;
      clearTimeout(timer);
      this.#say(from, { kind: "surveyed", id: message.id, all });
    };
    const timer = setTimeout(end, PATIENCE_MS);
    this.#underWay.set(id, { all, missing: new Set(workers.keys()), end });
    for (const worker of workers.keys()) this.#say(worker, { kind: "say", id });
  }

  #note(
    from: Worker,
    { id, value }: { id: number; value: unknown },
    workers: ReadonlyMap<Worker, number>,
  ): void {
    const survey = this.#underWay.get(id);
    if (!survey?.missing.delete(from)) return;
    survey.all.push({ place: workers.get(from) ?? 0, value });
    if (survey.missing.size === 0) survey.end();
  }
}
