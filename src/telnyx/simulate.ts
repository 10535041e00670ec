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

/** Where a text is sent, and how. */
export interface Way {
  readonly url: string;
  /** It is this machine's own server, called by an address that its certificate need not name: nothing secret is sent. */
  readonly isOurs: boolean;
  /** ` through the proxy …`, if any. */
  readonly through: string;
}

/** `outcome` and `said` as far as they are there. */
export interface Taken {
  readonly status: number;
  readonly outcome: string | null;
  readonly said: string | null;
}

/** What the server answered. Throws {@link CommandError} when it cannot be reached. */
export async function sendSimulated(
  { url, isOurs, through }: Way,
  privateKey: KeyObject,
  text: SimulatedText,
  now: number,
): Promise<Taken> {
  const body = JSON.stringify(simulatedEvent(text, new Date(now).toISOString()));
  const headers = signWebhook(privateKey, body, now);
  let response: Response;
  try {
    response = await fetch(targetOf(url), {
      method: "POST",
      headers,
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(isOurs ? { tls: { rejectUnauthorized: false } } : {}),
    });
  } catch (cause) {
    throw unreachable(targetOf(url) + through, cause);
  }
  const answer = (await response.json().catch(() => ({}))) as {
    data?: { outcome?: string };
    error?: { message?: string };
  };
  return {
    status: response.status,
    outcome: answer.data?.outcome ?? null,
    said: answer.error?.message ?? null,
  };
}

/** The outcome that the server answered; `isOurs` and `through` as in {@link Way}. Throws {@link CommandError} when it did not take it. */
export async function simulate(
  url: string,
  privateKey: KeyObject,
  text: SimulatedText,
  now: number,
  isOurs = false,
  through = "",
): Promise<string> {
  const { status, outcome, said } = await sendSimulated({ url, isOurs, through }, privateKey, text, now);
  if (outcome) return outcome;
  const isUntrusted = status === 401 || status === 503;
  const hint = isUntrusted ? "; does it run with --development on this very database?" : "";
  throw new CommandError(`${targetOf(url)} answered ${status}${through}: ${said ?? "no message"}${hint}`);
}

function targetOf(url: string): string {
  return `${url.replace(/\/+$/, "")}/webhooks/telnyx`;
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
