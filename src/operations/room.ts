/** Everything for those who run the process, wired: what the service starts, stops and shows them. */
import type { Config } from "../config/config.ts";
import { LoopDelay } from "../platform/loopdelay.ts";
import { Descriptors } from "./descriptors.ts";
import type { Family, Measured } from "./exposition.ts";
import { type MetricsDeps, measure } from "./metrics.ts";
import type { MetricsRouteDeps } from "./metricsroute.ts";
import { startTracing } from "./tracing.ts";

/** What each process of this start says of itself, given what this one says. */
export type Gather = (own: () => readonly Family[]) => () => Promise<readonly Measured[]>;

export interface OperationsRoom {
  readonly descriptors: Descriptors;
  readonly metrics: MetricsRouteDeps;
  /** Sends what waits; within a second. */
  readonly endTraces: () => Promise<void>;
  readonly background: readonly { readonly start: () => void; readonly stop: () => void }[];
}

type Options = Omit<MetricsDeps, "loopDelay"> & Pick<MetricsRouteDeps, "authThrottle">;

/** Without `gather` this process is alone. */
export function openOperations(
  config: Config,
  { authThrottle, ...parts }: Options,
  gather: Gather = alone,
): OperationsRoom {
  const loopDelay = new LoopDelay();
  const descriptors = new Descriptors(config.maxStreams, config.tls !== null);
  const collect = gather(() => measure({ ...parts, loopDelay }));
  return {
    descriptors,
    endTraces: startTracing(config.traces),
    metrics: { token: config.metricsToken, authThrottle, collect },
    background: config.metricsToken === null ? [descriptors] : [descriptors, loopDelay],
  };
}

function alone(own: () => readonly Family[]): () => Promise<readonly Measured[]> {
  return async () => [{ labels: {}, families: own() }];
}
