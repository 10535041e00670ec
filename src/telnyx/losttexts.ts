/**
 * What Telnyx keeps of texts whose webhooks it could not deliver, as far as `inlet demo --outage` needs it: a server of
 * this machine that answers as Telnyx's API does, and knows of nothing but the texts that were lost on purpose.
 */
import { randomUUID } from "node:crypto";
import type { TelnyxAccess } from "./client.ts";
import { type SimulatedText, simulatedEvent } from "./simulate.ts";

/** Telnyx gives a webhook up after so many attempts. */
const ATTEMPTS = 3;
/** More than a demo loses while somebody watches; the oldest go. */
const MAX_TEXTS = 1_000;
/** What Telnyx says of a server that it could not connect to. */
const NO_CONNECTION = 75002;
/** Nobody else knows it, and only this machine can ask. */
const API_KEY = "KEY-of-the-demo";

interface LostText {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly id: string;
  readonly webhook: ReturnType<typeof simulatedEvent>["data"];
}

export class LostTexts {
  readonly #texts: LostText[] = [];
  readonly #server: Bun.Server<undefined>;

  constructor() {
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request) => this.#answer(new URL(request.url)),
    });
  }

  /** How the service asks it. */
  get access(): TelnyxAccess {
    return { apiKey: API_KEY, baseUrl: `${this.#server.url.origin}/v2`, through: "" };
  }

  /** A text at `now`, in ms since 1970, whose webhook nobody gets. */
  add(text: SimulatedText, now: number): void {
    const webhook = simulatedEvent(text, new Date(now).toISOString()).data;
    this.#texts.unshift({ at: now, id: randomUUID(), webhook });
    this.#texts.length = Math.min(this.#texts.length, MAX_TEXTS);
  }

  get count(): number {
    return this.#texts.length;
  }

  close(): Promise<void> {
    return this.#server.stop(true);
  }

  #answer({ pathname, searchParams }: URL): Response {
    const time = (name: string, otherwise: number) => Date.parse(searchParams.get(name) ?? "") || otherwise;
    const between = (from: string, to: string) => {
      const [start, end] = [time(from, 0), time(to, Number.MAX_SAFE_INTEGER)];
      return this.#texts.filter(({ at }) => at >= start && at <= end);
    };
    if (pathname === "/v2/webhook_deliveries") {
      const found = between("filter[started_at][gte]", "filter[started_at][lte]");
      return page(searchParams, found.map(delivery));
    }
    if (pathname === "/v2/detail_records") {
      const found = between("filter[created_at][gte]", "filter[created_at][lt]").toReversed();
      return page(searchParams, found.map(record));
    }
    const errors = [{ code: "10005", title: "Resource not found", detail: "This is a demo." }];
    return Response.json({ errors }, { status: 404 });
  }
}

function page(asked: URLSearchParams, all: readonly object[]): Response {
  const size = Math.max(1, Number(asked.get("page[size]")) || 20);
  const number = Math.max(1, Number(asked.get("page[number]")) || 1);
  const meta = {
    page_number: number,
    page_size: size,
    total_pages: Math.ceil(all.length / size),
    total_results: all.length,
  };
  return Response.json({ data: all.slice((number - 1) * size, number * size), meta });
}

function delivery({ at, id, webhook }: LostText): object {
  const time = new Date(at).toISOString();
  const attempt = { started_at: time, finished_at: time, status: "failed", errors: [NO_CONNECTION] };
  return {
    id,
    record_type: "webhook_delivery",
    started_at: time,
    finished_at: time,
    status: "failed",
    attempts: Array.from({ length: ATTEMPTS }, () => attempt),
    webhook,
  };
}

function record({ at, webhook: { payload } }: LostText): object {
  return {
    record_type: "message_detail_record",
    direction: "inbound",
    message_type: payload.type,
    uuid: payload.id,
    cli: payload.from.phone_number,
    cld: payload.to[0]?.phone_number,
    created_at: new Date(at).toISOString(),
  };
}
