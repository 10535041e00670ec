/**
 * `POST /demo/messages`: a text to ourselves, from the console of `inlet demo` alone. It asks for a key, which no page
 * of another origin has; the message is signed and goes through the webhook as every other does.
 */
import { ApiError } from "../errors.ts";
import { readBody } from "../http/body.ts";
import type { Authenticator } from "../keys/authenticator.ts";
import { wellFormed } from "../message.ts";
import type { SimulatedText } from "../telnyx/simulate.ts";
import { parseNumber } from "../values/phone.ts";

export interface DemoDeps {
  /** Our number, to which every text goes. */
  readonly number: string;
  /** Resolves to what the webhook answered as the outcome. */
  readonly send: (text: SimulatedText) => Promise<string>;
}

const MAX_BYTES = 16 * 1024;
/** Characters: ten times what fits into the longest concatenated SMS that carriers pass on. */
const MAX_TEXT = 16_000;
const DEFAULT_SENDER = "+13125550001";

/**
 * Throws the faults `unauthorized`, `forbidden`, `validation_error`, `payload_too_large`, `rate_limited` and
 * `unavailable`.
 */
export async function sendDemoMessage(
  authenticator: Authenticator,
  demo: DemoDeps,
  request: Request,
): Promise<Response> {
  await authenticator.authenticate(request, "sms:read");
  if (!isSameOrigin(request.headers)) {
    throw new ApiError("forbidden", "Messages are sent from the console of this very server alone.");
  }
  const { from, text } = readMessage(new TextDecoder().decode(await readBody(request, MAX_BYTES)));
  const outcome = await demo.send({ from, to: demo.number, text });
  return Response.json({ data: { outcome } }, { headers: { "cache-control": "no-store" } });
}

/** Browsers name the origin with each POST, and no script can change it; a `curl` names none. */
function isSameOrigin(headers: Headers): boolean {
  const origin = headers.get("origin");
  if (origin === null) return true;
  const host = URL.parse(origin)?.host;
  return host !== undefined && host === headers.get("host")?.toLowerCase();
}

/** Throws the fault `validation_error`. */
function readMessage(json: string): { from: string; text: string } {
  const value = parseObject(json);
  const fields: Record<string, string> = {};
  const text = typeof value.text === "string" ? wellFormed(value.text) : "";
  if (text === "" || text.length > MAX_TEXT) fields.text = `must be a text of 1 to ${MAX_TEXT} characters`;
  const from = value.from === undefined ? DEFAULT_SENDER : parseNumber(String(value.from));
  if (from === null) fields.from = "must be E.164 such as +13125550001, or a short code";
  if (from === null || fields.text)
    throw new ApiError("validation_error", "The message is not valid.", { fields });
  return { from, text };
}

function parseObject(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below, whatever it was.
  }
  throw new ApiError("validation_error", "The body is not a JSON object.");
}
