/** Sends traces to a collector, where one is configured. */
import type { TracesConfig } from "../config/traces.ts";
import { sendSpans } from "../log/otlp.ts";
import { setTracer, Tracer } from "../log/tracer.ts";
import { withDeadline } from "../platform/deadline.ts";
import { VERSION } from "../version.ts";

/** Of a drain. */
const LAST_MS = 1_000;

/** From now on; resolves to what ends it, which sends what waits and takes a second at most. */
export function startTracing(config: TracesConfig | null): () => Promise<void> {
  if (config === null) return async () => undefined;
  const { url, headers, ratio, followsParent } = config;
  const resource = {
    ...config.resource,
    "service.version": VERSION,
    "service.instance.id": String(process.pid),
    "process.pid": String(process.pid),
  };
  const send = sendSpans.bind(null, { url, headers, resource, version: VERSION });
  const tracer = new Tracer({ ratio, followsParent, send });
  setTracer(tracer);
  tracer.start();
  return async () => {
    setTracer(null);
    await withDeadline(tracer.stop(), LAST_MS, () => new Error("too slow")).catch(() => undefined);
  };
}
