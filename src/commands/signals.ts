/** Runs until a signal, then stops in good order; a second signal stops at once. */
import { ignoredSignals } from "../platform/signals.ts";

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

export interface Stop {
  /** Resolves to the first signal that came, also when it came before anybody waited. */
  readonly asked: Promise<string>;
  /** Resolves with the second. */
  readonly askedAgain: Promise<void>;
}

/** From now on signals are heard, and no longer end the process by themselves. What `nohup` ignores stays ignored. */
export function hearSignals(): Stop {
  const asked = Promise.withResolvers<string>();
  const askedAgain = Promise.withResolvers<void>();
  let count = 0;
  const ignored = ignoredSignals();
  for (const signal of SIGNALS) {
    if (ignored.has(signal)) continue;
    process.on(signal, () => {
      asked.resolve(signal);
      if (++count > 1) askedAgain.resolve();
    });
  }
  return { asked: asked.promise, askedAgain: askedAgain.promise };
}

/** Waits for the first signal, and then for `stop` or the second. */
export async function untilStopped(
  { asked, askedAgain }: Stop,
  stop: (signal: string) => Promise<void>,
): Promise<void> {
  const signal = await asked;
  await Promise.race([stop(signal), askedAgain]);
}
