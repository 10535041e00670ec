/** Runs until a signal, then stops in good order; a second signal stops at once. */

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

export function untilStopped(stop: (signal: string) => Promise<void>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let isStopping = false;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (isStopping) return resolve();
      isStopping = true;
      stop(signal).then(resolve, reject);
    });
  }
  return promise;
}
