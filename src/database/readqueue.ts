/**
 * A line of reads before a thread, or before a server. It is fair between accounts: each account that waits has one
 * statement carried out, then the next account, and within an account first come is first served. Work of several
 * statements stands in line again for each of them. What nobody waits for any more leaves the line.
 */
import { ApiError } from "../errors.ts";
import type { Read, Result, Statement } from "./result.ts";

/** Statements that wait, of all accounts. Each keeps a request open, and takes milliseconds when it is its turn. */
const MAX_WAITING = 1_000;
/** Of one account, so that it takes no other's place in a line that is nearly full. */
const MAX_WAITING_OF_ONE = 200;

/** Whose read it is, and for how long somebody waits for it. */
export interface ReadOwner {
  readonly account: number;
  /** Its reason, an Error, is what the read rejects with. */
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly account: number;
  readonly statement: Statement;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
  /** Ends what would otherwise outlive the read: its hold of the owner's signal. */
  readonly release: () => void;
}

/** The service's own work, which is short and goes first: an account waits for it. */
const OWN_ACCOUNT = 0;
const NEVER = new AbortController().signal;

export class ReadQueue {
  readonly #read: Read;
  readonly #concurrency: number;
  readonly #ofOneAccount: number;
  /** A set keeps its order, and what is abandoned in the middle leaves it at once. */
  readonly #own = new Set<Waiting>();
  /** No line here is empty. The account whose turn is next comes first, and goes to the end. */
  readonly #lines = new Map<number, Set<Waiting>>();
  #waiting = 0;
  #running = 0;
  /** How many of each account; none of those that have none. */
  readonly #runningOf = new Map<number, number>();

  /** `concurrency`: how many statements `read` is given at once, and how many of those may be of one account. */
  constructor(read: Read, concurrency: number, ofOneAccount = concurrency) {
    this.#read = read;
    this.#concurrency = concurrency;
    this.#ofOneAccount = ofOneAccount;
  }

  /** Of the service itself. */
  read: Read = (statement) => this.#run(statement, { account: OWN_ACCOUNT, signal: NEVER });

  /**
   * Reads of one request. A read rejects with the fault `unavailable` at once when the line is full, and with the
   * signal's reason when that aborts, wherever the read is then.
   */
  of(owner: ReadOwner): Read {
    return (statement) => this.#run(statement, owner);
  }

  #run(statement: Statement, { account, signal }: ReadOwner): Promise<Result> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const line = account === OWN_ACCOUNT ? this.#own : (this.#lines.get(account) ?? new Set<Waiting>());
    if (account !== OWN_ACCOUNT) {
      if (this.#waiting >= MAX_WAITING || line.size >= MAX_WAITING_OF_ONE) return Promise.reject(full());
      this.#lines.set(account, line);
      this.#waiting++;
    }
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const abandon = () => {
      if (line.delete(waiting)) this.#leave(account, line);
      reject(signal.reason);
    };
    const release = () => signal.removeEventListener("abort", abandon);
    const waiting: Waiting = { account, statement, resolve, reject, release };
    if (signal !== NEVER) signal.addEventListener("abort", abandon);
    line.add(waiting);
    this.#fill();
    return promise;
  }

  #fill(): void {
    while (this.#running < this.#concurrency) {
      const next = this.#take();
      if (!next) return;
      this.#count(next.account, 1);
      void this.#serve(next);
    }
  }

  async #serve({ account, statement, resolve, reject, release }: Waiting): Promise<void> {
    try {
      resolve(await this.#read(statement));
    } catch (error) {
      reject(error);
    }
    release();
    this.#count(account, -1);
    this.#fill();
  }

  #count(account: number, change: 1 | -1): void {
    this.#running += change;
    const running = (this.#runningOf.get(account) ?? 0) + change;
    if (running > 0) this.#runningOf.set(account, running);
    else this.#runningOf.delete(account);
  }

  /** Passes over at most as many accounts as have something running. */
  #take(): Waiting | null {
    for (const own of this.#own) {
      this.#own.delete(own);
      return own;
    }
    for (const [account, line] of this.#lines) {
      if ((this.#runningOf.get(account) ?? 0) >= this.#ofOneAccount) continue;
      for (const first of line) {
        line.delete(first);
        // To the end, behind the accounts that have not had theirs.
        this.#lines.delete(account);
        this.#lines.set(account, line);
        this.#leave(account, line);
        return first;
      }
    }
    return null;
  }

  #leave(account: number, line: Set<Waiting>): void {
    if (account === OWN_ACCOUNT) return;
    this.#waiting--;
    if (line.size === 0) this.#lines.delete(account);
  }
}

function full(): ApiError {
  return new ApiError("unavailable", "Too many requests wait for the database.", { retryAfterSeconds: 1 });
}
