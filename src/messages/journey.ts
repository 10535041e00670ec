/** What this process knows of a message's way through it, for as long as it holds the message itself. */
import type { TraceContext } from "../log/tracecontext.ts";
import type { Message } from "../message.ts";

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
