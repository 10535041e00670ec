/** `POST /webhooks/telnyx`: 200 only after the message is on disk, and an answer before Telnyx stops waiting. */
import { ApiError, unavailable } from "../errors.ts";
import { readBody, refuseTooLarge } from "../http/body.ts";
import { requestFields, traceOf } from "../http/requestid.ts";
import { isDebug, log } from "../log/log.ts";
import { ThrottledLog } from "../log/throttled.ts";
import { tracer } from "../log/tracer.ts";
import { type InboundMessage, masked } from "../message.ts";
import type { Outcome } from "../messages/insert.ts";
import { type Journey, noteJourney } from "../messages/journey.ts";
import type { Writer } from "../messages/writer.ts";
import { withDeadline } from "../platform/deadline.ts";
import { type Arrivals, outcomeOf, type WebhookOutcome } from "./arrivals.ts";
import type { CanaryGate } from "./canarygate.ts";
import { parseEvent } from "./event.ts";
import { type Doubt, doubtOf, signatureHeaders } from "./signature.ts";
import { traceWebhook } from "./trace.ts";
import type { UnreadableEvents } from "./unreadable.ts";
import type { Verifier } from "./verifier.ts";

export interface WebhookDeps {
  readonly verifier: Verifier;
  /** For what Telnyx did not sign. */
  readonly canaries: Pick<CanaryGate, "admits">;
  readonly writer: Writer;
  readonly unreadable: UnreadableEvents;
  readonly arrivals: Arrivals;
  readonly now: () => number;
}

export const WEBHOOK_PATH = "/webhooks/telnyx";

/** Where Telnyx is to send, of a server that is reached at `publicUrl`. */
export function webhookUrl(publicUrl: string): string {
  return `${publicUrl}${WEBHOOK_PATH}`;
}

/** Telnyx's webhooks have a few kilobytes. */
export const WEBHOOK_BYTES = 1024 * 1024;
/** Telnyx waits for two seconds in all. What is stored after this is a duplicate when Telnyx comes again. */
const DEADLINE_MS = 1_500;
/** Of several recipients the best outcome is answered. */
export const BEST_FIRST: readonly Outcome[] = ["stored", "unrouted", "duplicate"];

// Whoever finds the address can send what is not Telnyx's, and Telnyx may change what it sends: neither fills the log.
const refused = new ThrottledLog("a webhook was refused");
// Old profiles send these by default, and their signatures are of another kind.
const MEND =
  "run inlet telnyx setup, or set the profile's webhook API version to 2 in the Telnyx portal, and then inlet telnyx backfill";
const outdated = {
  "1": new ThrottledLog(`a webhook was refused: the profile sends version 1: ${MEND}`),
  "2010-04-01": new ThrottledLog(
    `a webhook was refused: the profile sends version 2010-04-01, a form: ${MEND}`,
  ),
};
const kept = new ThrottledLog("a message.received could not be read and is kept as it came");
const unset = new ThrottledLog(
  "a webhook was refused: set TELNYX_PUBLIC_KEY to the public key that the Telnyx portal shows",
  "error",
);

interface Stored {
  readonly outcome: WebhookOutcome;
  /** Messages that are new. */
  readonly added: number;
}

/** Null for a canary's, which is no webhook of Telnyx's and counts as none: an outage must not hide behind it. */
type Counted = Arrivals | null;

/** Throws the faults `unauthorized`, `payload_too_large`, `validation_error` and `unavailable`. */
export async function receiveWebhook(deps: WebhookDeps, request: Request): Promise<Response> {
  let arrivals: Counted = deps.arrivals;
  const arrivedAt = performance.now();
  const trace = tracer()?.begin(traceOf(request)) ?? null;
  let outcome: WebhookOutcome = "failed";
  try {
    const onCanary = () => {
      arrivals = null;
    };
    const stored = await receive(deps, request, { arrivedAt, trace }, onCanary);
    outcome = stored.outcome;
    if (arrivals) arrivals.acknowledged += stored.added;
    return Response.json({ data: { outcome: outcome === "unreadable" ? "ignored" : outcome } });
  } catch (fault) {
    outcome = outcomeOf(fault);
    throw fault;
  } finally {
    arrivals?.outcomes.add(outcome);
    arrivals?.seconds.observe((performance.now() - arrivedAt) / 1000);
    if (trace) traceWebhook(request, { arrivedAt, trace }, outcome);
  }
}

async function receive(
  deps: WebhookDeps,
  request: Request,
  journey: Journey,
  onCanary: () => void,
): Promise<Stored> {
  if (!deps.verifier.hasKeys) {
    unset.count({});
    throw unavailable(null, "Webhooks are not set up.", 60);
  }
  // Who asks is judged before what is sent: a stranger without a signature that could be genuine gets nothing read, and
  // learns nothing of what is allowed.
  const headers = signatureHeaders(request.headers);
  const doubt = doubtOf(headers, deps.now());
  if (!headers || doubt) throw badSignature(request, doubt, headers ? null : versionOf(request.headers));
  refuseTooLarge(request, WEBHOOK_BYTES);
  const verified = async (body: Uint8Array) => {
    if (await deps.verifier.verify(headers, body)) {
      deps.arrivals.latestAt = performance.now();
      return body;
    }
    if (!(await deps.canaries.admits(headers, body))) throw badSignature(request, "bad signature");
    onCanary();
    return body;
  };
  const stored = readBody(request, WEBHOOK_BYTES, verified).then((body) =>
    store(deps, request, body, journey),
  );
  return withDeadline(stored, DEADLINE_MS, tooLate);
}

async function store(
  { writer, unreadable, now }: WebhookDeps,
  request: Request,
  body: Uint8Array,
  journey: Journey,
): Promise<Stored> {
  const text = new TextDecoder().decode(body);
  const parsed = parseEvent(parseJson(text), body, now());
  if (parsed.kind === "ignored") return { outcome: "ignored", added: 0 };
  if (parsed.kind === "unreadable") {
    await unreadable.keep(text, parsed.reason);
    kept.count({ reason: parsed.reason, ...requestFields(request) });
    return { outcome: "unreadable", added: 0 };
  }
  for (const { message } of parsed.messages) noteJourney(message, journey);
  const outcomes = await writer.store(parsed.messages);
  if (isDebug()) sayOutcomes(request, parsed.messages, outcomes);
  return { outcome: best(outcomes), added: outcomes.filter((outcome) => outcome !== "duplicate").length };
}

function sayOutcomes(
  request: Request,
  messages: readonly InboundMessage[],
  outcomes: readonly Outcome[],
): void {
  for (const [i, { message }] of messages.entries()) {
    log.debug("message received", {
      message_id: message.message_id,
      to: masked(message.to),
      outcome: outcomes[i],
      ...requestFields(request),
    });
  }
}

function best(outcomes: readonly Outcome[]): Outcome {
  return BEST_FIRST.find((outcome) => outcomes.includes(outcome)) ?? "duplicate";
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError("validation_error", "The body is not JSON.");
  }
}

/** The API version of what has no signature of version 2; null where nothing tells of one. */
function versionOf(headers: Headers): keyof typeof outdated | null {
  if (headers.has("x-telnyx-signature")) return "1";
  const type = headers.get("content-type")?.trim().toLowerCase() ?? "";
  return type.startsWith("application/x-www-form-urlencoded") ? "2010-04-01" : null;
}

function badSignature(
  request: Request,
  doubt: Doubt | null,
  version: keyof typeof outdated | null = null,
): ApiError {
  if (version === null) refused.count({ reason: doubt, ...requestFields(request) });
  else outdated[version].count({ version, ...requestFields(request) });
  return new ApiError("unauthorized", "The webhook's signature is missing, wrong or out of time.");
}

function tooLate(): ApiError {
  return unavailable(null, "The message could not be stored in time.", 1);
}
