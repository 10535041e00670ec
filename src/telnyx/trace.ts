/** What a trace says of a webhook: nothing of what is in it. */
import { requestIdOf, traceOf } from "../http/requestid.ts";
import { tracer } from "../log/tracer.ts";
import type { Journey } from "../messages/journey.ts";
import type { WebhookOutcome } from "./arrivals.ts";

/** Of Inlet's own making, and so no wrong signature of a stranger's. */
const OUR_FAULTS: readonly WebhookOutcome[] = ["unavailable", "failed"];

export function traceWebhook(request: Request, { arrivedAt, trace }: Journey, outcome: WebhookOutcome): void {
  if (trace === null) return;
  tracer()?.record({
    name: "POST /webhooks/telnyx",
    kind: "server",
    context: trace,
    parentSpanId: traceOf(request)?.spanId ?? null,
    startedAt: arrivedAt,
    endedAt: performance.now(),
    attributes: {
      "http.request.method": "POST",
      "http.route": "/webhooks/telnyx",
      "inlet.outcome": outcome,
      "inlet.request_id": requestIdOf(request),
    },
    isError: OUR_FAULTS.includes(outcome),
  });
}
