/**
 * Spans as a collector takes them: OTLP over HTTP, in JSON (https://opentelemetry.io/docs/specs/otlp/#otlphttp). The
 * official library would make the executable some hundred kilobytes larger for three spans a message.
 */
import type { Span } from "./tracer.ts";

export interface OtlpOptions {
  /** Of the collector's traces, whole. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of this process: `service.name` and others. */
  readonly resource: Readonly<Record<string, string>>;
  /** Of Inlet. */
  readonly version: string;
}

/** A collector that takes longer is as good as none. */
const DEADLINE_MS = 10_000;
const KINDS = { internal: 1, server: 2 } as const;
const ERROR = { code: 2 };

/** Throws when the collector does not say 2xx in time. */
export async function sendSpans(options: OtlpOptions, spans: readonly Span[]): Promise<void> {
  const response = await fetch(options.url, {
    method: "POST",
    headers: { ...options.headers, "content-type": "application/json" },
    body: JSON.stringify(otlpRequest(options, spans)),
    redirect: "error",
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the collector answers ${response.status}`);
}

export function otlpRequest({ resource, version }: OtlpOptions, spans: readonly Span[]): object {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeSpans: [{ scope: { name: "inlet", version }, spans: spans.map(written) }],
      },
    ],
  };
}

function written({ name, kind, context, parentSpanId, startedAt, endedAt, attributes, isError }: Span) {
  return {
    traceId: context.traceId,
    spanId: context.spanId,
    ...(parentSpanId === null ? {} : { parentSpanId }),
    name,
    kind: KINDS[kind],
    startTimeUnixNano: unixNanos(startedAt),
    endTimeUnixNano: unixNanos(endedAt),
    attributes: attributesOf(attributes),
    ...(isError ? { status: ERROR } : {}),
  };
}

/** Of a time of `performance.now()`; to the microsecond, as far as a number goes. */
function unixNanos(at: number): string {
  return `${Math.round((performance.timeOrigin + at) * 1000)}000`;
}

function attributesOf(attributes: Span["attributes"]): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: typed(value) }));
}

function typed(value: string | number | boolean): object {
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "string") return { stringValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
