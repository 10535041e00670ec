/**
 * The time that looking through texts may take of each turn of the event loop. Whoever looks through many stands here
 * in line; accounts have their turns one after the other, so that one with much to look through delays no other.
 */

/** Of each turn of the event loop. Nothing that is waited for elsewhere comes later for it than this. */
const TURN_MS = 3;
/** After so long, the next in line has its turn. */
const SLICE_MS = 1;

/** Works until `isOver` says that the slice is, and at least a little; true when nothing is left to do. */
export type Work = (isOver: () => boolean) => boolean;

/** Resolves when the work is done; rejects with what it throws. */
export type Share = (work: Work) => Promise<void>;

interface Job {
  readonly work: Work;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class Slices {
  /** No line is empty. The account whose turn is next comes first, and goes to the end. */
  readonly #lines = new Map<number, Job[]>();
  /** Of the turn of the event loop in which work is done; null where none was done in this one yet. */
  #turnEnds: number | null = null;

  of(account: number): Share {
    return (work) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const line = this.#lines.get(account);
      if (line) line.push({ work, resolve, reject });
      else this.#lines.set(account, [{ work, resolve, reject }]);
      this.#run();
      return promise;
    };
  }

  /** What comes while there is time is begun at once. */
  #run(): void {
    const end = this.#turnEnds ?? this.#startTurn();
    while (this.#lines.size > 0 && performance.now() < end) this.#slice();
  }

  #startTurn(): number {
    setImmediate(() => {
      this.#turnEnds = null;
      if (this.#lines.size > 0) this.#run();
    });
    this.#turnEnds = performance.now() + TURN_MS;
    return this.#turnEnds;
  }

  /** One account's. Its jobs have their turns as accounts do. */
  #slice(): void {
    const [first] = this.#lines;
    const [account, line] = first ?? [0, []];
    const job = line.shift();
    this.#lines.delete(account);
    if (job && !isDone(job)) line.push(job);
    if (line.length > 0) this.#lines.set(account, line);
  }
}

function isDone({ work, resolve, reject }: Job): boolean {
  const end = performance.now() + SLICE_MS;
  try {
    if (!work(() => performance.now() > end)) return false;
    resolve();
  } catch (error) {
    reject(error);
  }
  return true;
}
