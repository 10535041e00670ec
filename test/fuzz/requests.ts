/** Requests to a service in this process: an answer of the contract, which tells a stranger nothing of what was sent. */
import { STATUS } from "../../src/errors.ts";
import { tenant, testService } from "../harness/service.ts";
import { sendWebhook, smsEvent } from "../harness/telnyx.ts";
import type { Random } from "../simulation/random.ts";
import { spoil } from "./spoil.ts";
import type { Target } from "./target.ts";
import { bodies } from "./webhook.ts";

/** Put into what is sent, now and then: nothing of the input is ever told. */
const MARK = "qZ7mark";
const ALLOWED = new Set<number>([200, 201, 204, 304, ...Object.values(STATUS)]);
const TOO_LONG = 431;
/** A service that does not answer. */
const HANGS_MS = 20_000;
/** So that those who wait for the next message hold up no others. */
const PATIENCE_MS = 200;

const PATHS = [
  "/v1/sms/stream?last_event_id=EPOCH-3&to=%2B14155559999",
  "/api/v1/sms/stream?since=10m",
  "/v1/sms/messages?limit=50&order=asc&after=EPOCH-1&from=%2B13125550001",
  "/v1/sms/messages?q=hello%20world&since=2026-01-01T00:00:00Z&until=2027-01-01T00:00:00Z",
  "/v1/sms/messages/next?timeout=1&q=hello&after=EPOCH-0",
  "/v1/sms/messages/msg_00000000000000000000000000000000",
  "/v1/me",
  "/v1/phone-numbers?limit=3&cursor=abc",
  "/v1/sms/stream/tickets",
  "/healthz",
  "/openapi.json",
  "/docs/x.js",
];

/** Starts a service with an account, a key and 20 texts; stopEverything() ends it. */
export async function requests(): Promise<Target> {
  const service = await testService();
  const { key, number } = await tenant(service, "+14155559999", "user", ["sms:read", "phone_numbers:read"]);
  for (let i = 0; i < 20; i++)
    await sendWebhook(service.url, service.telnyx, smsEvent(number, `hello world ${i}`));
  const { epoch } = await service.database.installation();
  const paths = PATHS.map((path) => path.replaceAll("EPOCH", epoch));

  async function answered(path: string, init: RequestInit): Promise<string | null> {
    // Whoever waits for the next message may leave before it comes.
    const mayWait = /next/i.test(path);
    const signal = AbortSignal.timeout(mayWait ? PATIENCE_MS : HANGS_MS);
    let response: Response;
    try {
      response = await fetch(`${service.url}${path}`, { ...init, signal });
    } catch (error) {
      // What the client cannot send is not sent.
      if (signal.aborted) return mayWait ? null : "it was not answered";
      return /invalid|header|url/i.test(String(error)) ? null : String(error);
    }
    const { status } = response;
    // More headers than the runtime takes, address included: it says so itself.
    if (status === TOO_LONG) return null;
    if (status === STATUS.internal_error || !ALLOWED.has(status)) return `it was answered ${status}`;
    if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
      await response.body?.cancel();
      return null;
    }
    const text = await response.text();
    if (status < 400 || init.method === "HEAD") return null;
    if (text.includes(MARK)) return `the answer tells what was sent: ${text.slice(0, 300)}`;
    // What is no HTTP the runtime refuses by itself, and says nothing.
    if (text === "" && status === STATUS.validation_error) return null;
    return hasForm(text)
      ? null
      : `${init.method} was answered ${status} with ${JSON.stringify(text.slice(0, 300))}`;
  }

  const marked = (random: Random, text: string) =>
    random.chance(0.2) ? text.slice(0, text.length / 2) + MARK + text.slice(text.length / 2) : text;

  return {
    name: "requests",
    corpus: [...paths, ...bodies.slice(0, 3)],
    try: async (input, random) => {
      if (!input.startsWith("/")) {
        const response = await sendWebhook(service.url, service.telnyx, input.toWellFormed());
        await response.arrayBuffer();
        return response.status === 500 ? "a signed webhook was answered 500" : null;
      }
      const headers: Record<string, string> = {
        authorization: random.chance(0.8) ? `Bearer ${key}` : spoil(random, `Bearer ${key}`, [MARK]),
      };
      if (random.chance(0.3)) headers["last-event-id"] = marked(random, spoil(random, `${epoch}-7`, paths));
      if (random.chance(0.1)) headers["accept-encoding"] = spoil(random, "gzip, br;q=0.5", paths);
      if (random.chance(0.1)) headers["if-none-match"] = marked(random, spoil(random, '"abc"', paths));
      const isPost = input.includes("tickets") ? random.chance(0.8) : random.chance(0.1);
      const method = isPost
        ? "POST"
        : random.chance(0.9)
          ? "GET"
          : random.pick(["HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"]);
      const body = isPost
        ? marked(random, spoil(random, '{"ttl_seconds":60,"to":["+14155559999"]}', bodies))
        : null;
      return answered(marked(random, input), {
        method,
        headers,
        ...(body === null ? {} : { body: body.toWellFormed() }),
      });
    },
  };
}

/** Of an error: `{"error":{"code","message"}}`. */
function hasForm(text: string): boolean {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: unknown; message?: unknown } };
    return typeof error?.code === "string" && typeof error.message === "string";
  } catch {
    return false;
  }
}
