/**
 * How a process takes its leave: whoever comes is told so, what was begun is finished, and then everything is closed.
 * It waits for what can still end well, and for no socket that takes nothing; one deadline holds for all steps.
 */
import { log } from "../log/log.ts";
import { withDeadline } from "../platform/deadline.ts";

export interface DrainDeps {
  readonly server: { readonly pendingRequests: number; readonly stop: (cut?: boolean) => Promise<void> };
  /** Requests that have no answer yet. */
  readonly unanswered: () => number;
  /** Another number whenever a client has taken something of its answer. */
  readonly taken: () => number;
  /** Resolves when nothing waits to be stored. */
  readonly stored: () => Promise<void>;
  /** The last writes, and the end of the database. */
  readonly finish: () => Promise<void>;
  readonly shutdownMs: number;
  /** Lets another process have the new connections, where one may take over: whoever has just come here is not cut then. */
  readonly handOver?: (() => void) | undefined;
}

/** How long the port stays open for those who come back at once. */
const LINGER_MS = 1_000;
/** Answers of which nothing was taken for so long are not waited for. Their clients come back, elsewhere. */
const STALL_MS = 1_000;
/**
 * Before the port is closed, and again after it: a connection that was taken just before has not asked anything yet, and
 * its request is on its way.
 */
const SETTLE_MS = 300;
/** How often a drain looks whether it is done. */
const STEP_MS = 10;
/** Of all its time, what is kept for the last writes, after everybody has their answer; at most a second. */
const LAST_PART = 1 / 4;
const LAST_MS = 1_000;
/** What the last writes get where there is no time at all: closing a database is no matter of waiting. */
const MIN_LAST_MS = 250;

/** Resolves within `shutdownMs`, whatever hangs. From the first turn on no request may begin anything that lasts. */
export async function drain(deps: DrainDeps): Promise<void> {
  const { server, unanswered, stored, finish, shutdownMs } = deps;
  const end = performance.now() + shutdownMs;
  const lastMs = Math.min(LAST_MS, shutdownMs * LAST_PART);
  let isStored = false;
  if (deps.handOver) {
    deps.handOver();
    await Bun.sleep(Math.min(SETTLE_MS, shutdownMs / 4)); // what waits to be taken here is taken
  }
  const idle = new Idle(deps);
  // Whoever comes back at once is still told so, with 503 or with `closing`; then the port closes.
  const isQuiet = () => idle.look() >= 0 && server.pendingRequests === 0;
  await until(isQuiet, Math.min(performance.now() + LINGER_MS, end - lastMs));
  const stopped = server.stop();
  void stored().then(() => {
    isStored = true;
  });
  const closedAt = performance.now();
  const settleMs = deps.handOver ? SETTLE_MS : 0;
  const isDone = () =>
    performance.now() - closedAt >= settleMs &&
    unanswered() === 0 &&
    isStored &&
    (server.pendingRequests === 0 || idle.look() > STALL_MS);
  if (!(await until(isDone, end - lastMs)))
    log.warning("not all requests ended in time", { unanswered: unanswered() });
  else if (server.pendingRequests > 0)
    log.info("clients that take nothing are cut", { requests: server.pendingRequests });
  // A handler that waits for a hanging database is not waited for.
  const cut = Promise.all([stopped, server.stop(true)]);
  await withDeadline(cut, Math.max(0, Math.min(lastMs / 2, end - performance.now())), late).catch(
    () => undefined,
  );
  await withDeadline(finish(), Math.max(MIN_LAST_MS, end - performance.now()), late).catch(() =>
    log.warning("the database did not close in time"),
  );
}

/** For a process that cannot go on: who waits is answered, and nothing of the database is touched any more. */
export async function abandon({ server }: Pick<DrainDeps, "server">): Promise<void> {
  await until(() => server.pendingRequests === 0, performance.now() + LINGER_MS);
  await withDeadline(server.stop(true), LAST_MS, late).catch(() => undefined);
}

/** For how long no request has ended, and no client has taken anything. */
class Idle {
  readonly #deps: Pick<DrainDeps, "server" | "taken">;
  #seen = "";
  #since = performance.now();

  constructor(deps: Pick<DrainDeps, "server" | "taken">) {
    this.#deps = deps;
  }

  /** In ms. It sees what happens between two looks, and so is to be asked again and again. */
  look(): number {
    const { server, taken } = this.#deps;
    const seen = `${server.pendingRequests} ${taken()}`;
    if (seen !== this.#seen) this.#since = performance.now();
    this.#seen = seen;
    return performance.now() - this.#since;
  }
}

/** False when the condition does not hold by then (of the monotonic clock). */
async function until(condition: () => boolean, end: number): Promise<boolean> {
  while (!condition()) {
    if (performance.now() >= end) return false;
    await Bun.sleep(STEP_MS);
  }
  return true;
}

function late(): Error {
  return new Error("it took too long");
}
