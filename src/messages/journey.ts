/** What this process knows of a message's way through it, for as long as it holds the message itself. */
import type { TraceContext } from "../log/tracecontext.ts";
import { recordWithin, type Span, tracer } from "../log/tracer.ts";
import type { Message, StoredMessage } from "../message.ts";

export interface Journey {
  /** When its webhook came, in ms of `performance.now()`. */
  readonly arrivedAt: number;
  /** Of its webhook's span, where that is recorded. */
  readonly trace: TraceContext | null;
}

const journeys = new WeakMap<Message, Journey>();

export function noteJourney(message: Message, journey: Journey): void {
  journeys.set(message, journey);
}

/** Undefined for what another process stored, or what was read from the store. */
export function journeyOf(message: Message): Journey | undefined {
  return journeys.get(message);
}

/** A span within each one's webhook, from `begunAt` until now; one comparison where nobody wants traces. */
export function traceAll(
  messages: readonly StoredMessage[],
  name: string,
  begunAt: number,
  attributes: Span["attributes"] = {},
): void {
  if (tracer() === null) return;
  for (const { message } of messages) {
    const trace = journeys.get(message)?.trace;
    if (trace) recordWithin(trace, name, begunAt, attributes);
  }
}
