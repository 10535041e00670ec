/** `POST /webhooks/telnyx`: 200 only after the message is on disk, and an answer before Telnyx stops waiting. */
import type { KeyObject } from "node:crypto";
import { Fault, unavailable } from "../errors.ts";
import { readBody } from "../http/body.ts";
import { debugs, log } from "../log/log.ts";
import { Tally } from "../log/throttled.ts";
import { type InboundMessage, masked } from "../message.ts";
import type { Outcome } from "../messages/insert.ts";
import type { Writer } from "../messages/writer.ts";
import { withDeadline } from "../platform/deadline.ts";
import { parseEvent } from "./event.ts";
import { judgeForm, type SignatureHeaders, signatureHeaders, verifyWebhook } from "./signature.ts";
import type { UnreadableEvents } from "./unreadable.ts";

export interface WebhookDeps {
  readonly publicKeys: readonly KeyObject[];
  readonly writer: Writer;
  readonly unreadable: UnreadableEvents;
  readonly now: () => number;
}

/** Telnyx's webhooks have a few kilobytes. */
export const WEBHOOK_BYTES = 1024 * 1024;
/** Telnyx waits for two seconds in all. What is stored after this is a duplicate when Telnyx comes again. */
const DEADLINE_MS = 1_500;
/** Of several recipients the best outcome is answered. */
export const BEST_FIRST: readonly Outcome[] = ["stored", "unrouted", "duplicate"];

// Whoever finds the address can send what is not Telnyx's, and Telnyx may change what it sends: neither fills the log.
const refused = new Tally("a webhook was refused");
const kept = new Tally("a message.received could not be read and is kept as it came");
const unset = new Tally(
  "a webhook was refused: set TELNYX_PUBLIC_KEY to the public key that the Telnyx portal shows",
  "error",
);

/** Throws what the error envelope says. */
export async function receiveWebhook(deps: WebhookDeps, request: Request): Promise<Response> {
  if (deps.publicKeys.length === 0) {
    unset.count({});
    throw unavailable(null, "Webhooks are not set up.", 60);
  }
  const headers = signatureHeaders(request.headers);
  // A stranger without a signature that could be genuine does not get a megabyte read, but learns it was too much.
  const formVerdict = headers ? judgeForm(headers, deps.now()) : "no signature";
  if (formVerdict !== "genuine" && !declaresTooMuch(request)) throw badSignature(formVerdict);
  const outcome = await withDeadline(take(deps, request, headers), DEADLINE_MS, tooLate);
  return Response.json({ data: { outcome } });
}

async function take(
  deps: WebhookDeps,
  request: Request,
  headers: SignatureHeaders | null,
): Promise<Outcome | "ignored"> {
  const body = await readBody(request, WEBHOOK_BYTES);
  const verdict = headers ? verifyWebhook(deps.publicKeys, headers, body, deps.now()) : "no signature";
  if (verdict !== "genuine") throw badSignature(verdict);
  return store(deps, body);
}

async function store(
  { writer, unreadable, now }: WebhookDeps,
  body: Uint8Array,
): Promise<Outcome | "ignored"> {
  const text = new TextDecoder().decode(body);
  const parsed = parseEvent(parseJson(text), body, now());
  if (parsed.kind === "ignored") return "ignored";
  if (parsed.kind === "unreadable") {
    await unreadable.keep(text, parsed.reason);
    kept.count({ reason: parsed.reason });
    return "ignored";
  }
  const outcomes = await writer.store(parsed.messages);
  if (debugs()) sayOutcomes(parsed.messages, outcomes);
  return best(outcomes);
}

function sayOutcomes(messages: readonly InboundMessage[], outcomes: readonly Outcome[]): void {
  for (const [i, { message }] of messages.entries()) {
    log.debug("message received", {
      message_id: message.message_id,
      to: masked(message.to),
      outcome: outcomes[i],
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
    throw new Fault("validation_error", "The body is not JSON.");
  }
}

function declaresTooMuch(request: Request): boolean {
  return Number(request.headers.get("content-length") ?? 0) > WEBHOOK_BYTES;
}

function badSignature(why: string): Fault {
  refused.count({ reason: why });
  return new Fault("unauthorized", "The webhook's signature is missing, wrong or out of time.");
}

function tooLate(): Fault {
  return unavailable(null, "The message could not be stored in time.", 1);
}
