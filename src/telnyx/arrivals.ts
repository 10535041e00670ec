/** Counts webhooks by what became of them: plain numbers, for whoever watches. */
import { ApiError } from "../errors.ts";
import { Histogram } from "../platform/histogram.ts";
import { Tally } from "../platform/tally.ts";

export const WEBHOOK_OUTCOMES = [
  "stored", "unrouted", "duplicate", "ignored", "unreadable",
  "unauthorized", "too_large", "invalid", "unavailable", "failed",
] as const; // biome-ignore format: a list
export type WebhookOutcome = (typeof WEBHOOK_OUTCOMES)[number];

export class Arrivals {
  readonly outcomes = new Tally(WEBHOOK_OUTCOMES);
  /** From the webhook's headers to its answer, whatever that is. */
  readonly seconds = new Histogram();
  /** Messages that are new and whose webhooks were answered so. */
  acknowledged = 0;
  /** The latest one with a genuine signature, by `performance.now()`; before the first, when this process began to wait. */
  latestAt = performance.now();
}

/** Of a webhook that was answered with this fault. */
export function outcomeOf(fault: unknown): WebhookOutcome {
  if (!(fault instanceof ApiError)) return "failed";
  switch (fault.code) {
    case "unauthorized":
      return "unauthorized";
    case "payload_too_large":
      return "too_large";
    case "validation_error":
      return "invalid";
    case "unavailable":
      return "unavailable";
    default:
      return "failed";
  }
}
