/**
 * Spans on their way to a collector: kept in memory within a bound, and sent in batches. Nothing that serves ever waits
 * for it, and where nobody wants traces there is none: whoever could record asks {@link tracer} first.
 */
import { errorFields } from "./log.ts";
import { ThrottledLog } from "./throttled.ts";
import { randomHex, type TraceContext } from "./tracecontext.ts";

export interface Span {
  readonly name: string;
  readonly kind: "server" | "internal";
  readonly context: TraceContext;
  readonly parentSpanId: string | null;
  /** By `performance.now()`. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly isError?: boolean;
}

export interface TracerOptions {
  /** Of the traces that begin here, from 0 to 1. */
  readonly ratio: number;
  /** Whether a trace that began elsewhere is recorded as it was there. */
  readonly followsParent: boolean;
  readonly send: (spans: readonly Span[]) => Promise<void>;
  /** From 0 up to 1. */
  readonly random?: () => number;
}

/** Some two seconds of a thousand texts a second; what a collector does not take in time is dropped, and counted. */
const MAX_QUEUED = 8_192;
const BATCH = 512;
const EVERY_MS = 5_000;

const unsent = new ThrottledLog("traces could not be sent; they are dropped");

export class Tracer {
  /** Plain numbers, for whoever watches. */
  readonly stats = { sent: 0, dropped: 0 };
  readonly #options: TracerOptions;
  #queue: Span[] = [];
  #timer: Timer | null = null;
  /** One batch is on its way at a time. */
  #sending: Promise<void> | null = null;

  constructor(options: TracerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.#flush(), EVERY_MS);
    this.#timer.unref();
  }

  /** Resolves when what waits was sent or dropped. */
  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    while (this.#sending ?? this.#queue.length > 0) {
      this.#flush();
      await this.#sending;
    }
  }

  /** The context of a span that begins here; null when it is not to be recorded. */
  begin(parent: TraceContext | null): TraceContext | null {
    const { ratio, followsParent, random = Math.random } = this.#options;
    const isWanted = parent !== null && followsParent ? parent.isSampled : random() < ratio;
    if (!isWanted) return null;
    return { traceId: parent?.traceId ?? randomHex(16), spanId: randomHex(8), isSampled: true };
  }

  record(span: Span): void {
    if (this.#queue.length >= MAX_QUEUED) {
      this.stats.dropped++;
      return;
    }
    this.#queue.push(span);
    if (this.#queue.length >= BATCH) this.#flush();
  }

  #flush(): void {
    if (this.#sending !== null || this.#queue.length === 0) return;
    const batch = this.#queue.slice(0, BATCH);
    this.#queue = this.#queue.slice(BATCH);
    this.#sending = this.#send(batch).finally(() => {
      this.#sending = null;
      if (this.#queue.length >= BATCH) this.#flush();
    });
  }

  async #send(batch: readonly Span[]): Promise<void> {
    try {
      await this.#options.send(batch);
      this.stats.sent += batch.length;
    } catch (error) {
      this.stats.dropped += batch.length;
      unsent.count({ spans: batch.length, ...errorFields(error) });
    }
  }
}

/** Of this process; null where nobody wants traces. */
let current: Tracer | null = null;

export function tracer(): Tracer | null {
  return current;
}

export function setTracer(tracer: Tracer | null): void {
  current = tracer;
}

/** A span within another, for whoever has its context. */
export function recordWithin(
  parent: TraceContext,
  name: string,
  startedAt: number,
  attributes: Span["attributes"],
): void {
  const context = { ...parent, spanId: randomHex(8) };
  const endedAt = performance.now();
  const kind = "internal";
  current?.record({ name, kind, context, parentSpanId: parent.spanId, startedAt, endedAt, attributes });
}
