/** The two ways in which a process that serves ends: it is told to, or it cannot go on. */
import { Failure } from "../errors.ts";
import { takenParts } from "../http/pulled.ts";
import { abandon, type DrainDeps, drain } from "./drain.ts";

export interface LeaveDeps
  extends Pick<DrainDeps, "server" | "stored" | "finish" | "shutdownMs" | "handOver"> {
  /** Resolves when the process cannot go on. */
  readonly cannotGoOn: Promise<void>;
  /** From then on nothing begins that lasts. */
  readonly takeLeave: () => void;
  readonly unanswered: { readonly count: number };
  /** After the last stream. */
  readonly end: () => void;
}

export interface Leaving {
  /** Rejects with `Failure` when the process must end; what waits has been answered then. */
  readonly failed: Promise<never>;
  /** Safe to call twice. */
  readonly close: () => Promise<void>;
}

export function leaving({ cannotGoOn, takeLeave, unanswered, end, ...deps }: LeaveDeps): Leaving {
  let closing: Promise<void> | null = null;
  const failed = cannotGoOn.then(fail);
  failed.catch(() => undefined);
  return { failed, close: () => (closing ??= close()) };

  async function fail(): Promise<never> {
    takeLeave();
    await abandon(deps);
    end();
    throw new Failure("this process cannot go on");
  }

  async function close(): Promise<void> {
    takeLeave();
    await drain({ ...deps, unanswered: () => unanswered.count, taken: takenParts });
    end();
  }
}
