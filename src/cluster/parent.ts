/** What a worker hears from the parent that started it, and says to it. */
import { type Bell, UNKNOWN } from "./bell.ts";
import { Ringer } from "./ringer.ts";
import { type FromSurveyed, Survey, type ToSurveyed } from "./survey.ts";

/** What workers of one machine and their parent say to each other; each ring is answered with `heard`. */
export type FromWorker =
  | { readonly kind: "listening"; readonly url: string }
  | { readonly kind: "ring" }
  | { readonly kind: "heard" }
  | FromSurveyed;
export type ToWorker = { readonly kind: "ring" | "heard" | "stop" } | ToSurveyed;

/** The bell of a worker: its parent hands each ring on to the others. */
export function parentBell(): Bell {
  const ringer = new Ringer(() => tellParent({ kind: "ring" }));
  return {
    ring: () => ringer.ring(),
    listen: (onRing) => {
      process.on("message", ({ kind }: ToWorker) => {
        if (kind === "heard") ringer.heard();
        if (kind !== "ring") return;
        tellParent({ kind: "heard" });
        onRing(UNKNOWN);
      });
    },
    isHeard: () => true,
    close: async () => undefined,
  };
}

/** What all workers of one parent say when they are asked; `own` is what this one says. */
export function siblings(own: () => unknown): Survey {
  const survey = new Survey(tellParent, own);
  process.on("message", (message: ToWorker) => {
    if (message.kind === "say" || message.kind === "surveyed") survey.hear(message);
  });
  return survey;
}

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
