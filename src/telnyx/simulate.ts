/** A webhook as Telnyx would send it, signed with the development key, through the real route of a server. */
import { type KeyObject, randomUUID } from "node:crypto";
import { CommandError, errorCode } from "../errors.ts";
import { signWebhook } from "./developmentkey.ts";

export interface SimulatedText {
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

/** A server that takes longer than this is not well. */
const TIMEOUT_MS = 5_000;

/**
 * What the server at `url` answered as the outcome. `isOurs` says that it is this machine's own server, called by an
 * address that its certificate need not name: nothing secret is sent. `through` is ` through the proxy …`, if any. Throws {@link CommandError} when it took it not.
 */
export async function simulate(
  url: string,
  privateKey: KeyObject,
  text: SimulatedText,
  now: number,
  isOurs = false,
  through = "",
): Promise<string> {
  const body = JSON.stringify(simulatedEvent(text, new Date(now).toISOString()));
  const target = `${url.replace(/\/+$/, "")}/webhooks/telnyx`;
  const headers = signWebhook(privateKey, body, now);
  let response: Response;
  try {
    response = await fetch(target, {
      method: "POST",
      headers,
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(isOurs ? { tls: { rejectUnauthorized: false } } : {}),
    });
  } catch (cause) {
    throw unreachable(target + through, cause);
  }
  const answer = (await response.json().catch(() => ({}))) as {
    data?: { outcome?: string };
    error?: { message?: string };
  };
  if (answer.data?.outcome) return answer.data.outcome;
  const untrusted = response.status === 401 || response.status === 503;
  const hint = untrusted ? "; does it run with --development on this very database?" : "";
  throw new CommandError(
    `${target} answered ${response.status}${through}: ${answer.error?.message ?? "no message"}${hint}`,
  );
}

function unreachable(target: string, cause: unknown): CommandError {
  const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
  const isUntrusted = /CERT|ISSUER|ALTNAME/.test(errorCode(cause) ?? "");
  const hint = isUntrusted
    ? "its certificate is not trusted here, or names another host; NODE_EXTRA_CA_CERTS=FILE trusts one more"
    : "is the server running there? --url says where";
  return new CommandError(`${target} cannot be reached (${why}); ${hint}`, { cause });
}

/** As Telnyx phrases it; `time` is ISO 8601. */
export function simulatedEvent({ from, to, text }: SimulatedText, time: string) {
  return {
    data: {
      event_type: "message.received",
      id: randomUUID(),
      occurred_at: time,
      payload: {
        direction: "inbound",
        encoding: "UCS-2",
        from: { carrier: "Simulated", line_type: "Wireless", phone_number: from },
        id: randomUUID(),
        media: [],
        parts: 1,
        received_at: time,
        record_type: "message",
        text,
        to: [{ carrier: "Telnyx", line_type: "Wireless", phone_number: to, status: "webhook_delivered" }],
        type: "SMS",
      },
      record_type: "event",
    },
    meta: { attempt: 1, delivered_to: "simulated" },
  };
}
