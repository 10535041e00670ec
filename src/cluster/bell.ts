/**
 * What wakes the other processes over the same database at once. It says only that there may be something new: a
 * bell may be lost, doubled or late, and each process reads the store for itself.
 */
export interface Bell {
  /** Something was committed here. */
  readonly ring: () => void;
  /** Calls back when something may have been committed elsewhere. */
  readonly listen: (onRing: () => void) => void;
}

/** What workers of one machine and their parent say to each other. */
export type FromWorker = { readonly kind: "listening"; readonly url: string } | { readonly kind: "ring" };
export type ToWorker = { readonly kind: "ring" } | { readonly kind: "stop" };

/** The bell of a worker: its parent hands each ring on to the others. */
export const parentBell: Bell = {
  ring: () => tellParent({ kind: "ring" }),
  listen: (onRing) => {
    process.on("message", (message: ToWorker) => {
      if (message.kind === "ring") onRing();
    });
  },
};

export function tellParent(message: FromWorker): void {
  process.send?.(message);
}

/** Resolves when the parent says so, or is gone. A signal of the terminal reaches the parent, too, who decides. */
export function untilParentStops(): Promise<void> {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => undefined);
  return new Promise((resolve) => {
    process.on("disconnect", () => resolve());
    process.on("message", (message: ToWorker) => {
      if (message.kind === "stop") resolve();
    });
  });
}
