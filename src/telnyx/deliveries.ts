/** Webhooks that Telnyx sent, or tried to, as its list of deliveries tells of them. The list is the whole account's. */
import { parseTime } from "../values/time.ts";
import type { TelnyxClient } from "./client.ts";
import { TelnyxFailure } from "./failure.ts";
import { type Listing, type Row, readList } from "./list.ts";

export interface Delivery {
  /** Of the delivery itself; null where it has none. */
  readonly id: string | null;
  /** The event as it was sent, without the `meta` of the webhook. */
  readonly event: Row;
  /** What it was sent to, as far as it says. */
  readonly urls: readonly string[];
  /** ISO 8601. */
  readonly startedAt: string | null;
}

export interface FaredDelivery extends Delivery {
  /** Null while it is under way and nothing has failed. */
  readonly isDelivered: boolean | null;
  /** Of the newest attempt, as far as Telnyx says: where it went, what was answered, and Telnyx's code of the fault. */
  readonly attempt: {
    readonly url: string | null;
    readonly status: number | null;
    readonly code: number | null;
  };
}

export interface Span {
  /** Milliseconds since 1970, both included. */
  readonly from: number;
  readonly to: number;
}

/** The most that there may be, and as many as are small whatever each holds: up to 20 kB for each attempt. */
const ROWS = 250;
const LARGE_ROWS = 25;
/** Some 15 ms to read. After an outage each attempt may hold a page of the proxy that answered for us. */
const MAX_LENGTH = 4 * 1024 * 1024;
const MAX_URLS = 10;
/** A filter that is not obeyed must not bring in what other systems received long ago; times may be rounded. */
const ROUNDED_MS = 60_000;

/**
 * All `message.received` whose delivery started in this span (what is listed of another time is null), delivered ones too: what was answered 200 may be lost
 * since, or have gone to another URL. Throws {@link TelnyxFailure}.
 */
export function readDeliveries(
  client: TelnyxClient,
  span: Span,
  maxPages: number,
): Promise<Listing<Delivery | null>> {
  return readAny(client, span, maxPages, (row) => within(span, toDelivery(row)));
}

/** The same with how each fared. */
export function readFaredDeliveries(
  client: TelnyxClient,
  span: Span,
  maxPages: number,
): Promise<Listing<FaredDelivery | null>> {
  return readAny(client, span, maxPages, (row) => {
    const delivery = within(span, toDelivery(row));
    return delivery && { ...delivery, ...fateOf(row) };
  });
}

async function readAny<T>(
  client: TelnyxClient,
  span: Span,
  maxPages: number,
  keep: (row: Row) => T,
): Promise<Listing<T>> {
  try {
    return await read(client, span, keep, ROWS, maxPages, MAX_LENGTH);
  } catch (error) {
    if (!(error instanceof TelnyxFailure) || error.kind !== "capped") throw error;
    return read(client, span, keep, LARGE_ROWS, maxPages);
  }
}

function read<T>(
  client: TelnyxClient,
  span: Span,
  keep: (row: Row) => T,
  rows: number,
  maxPages: number,
  maxLength?: number,
): Promise<Listing<T>> {
  const started_at = { gte: new Date(span.from).toISOString(), lte: new Date(span.to).toISOString() };
  return readList(client, {
    what: "webhook deliveries",
    page: (telnyx, number) =>
      telnyx.webhookDeliveries.list({
        filter: { event_type: "message.received", started_at },
        "page[number]": number,
        "page[size]": rows,
      }),
    keep,
    maxPages,
    ...(maxLength === undefined ? {} : { maxLength }),
  });
}

function within({ from, to }: Span, delivery: Delivery): Delivery | null {
  const at = parseTime(delivery.startedAt ?? "");
  return at !== null && (at < from - ROUNDED_MS || at > to + ROUNDED_MS) ? null : delivery;
}

function toDelivery({ id, webhook, attempts, started_at }: Row): Delivery {
  const event = object(webhook);
  const { webhook_url, webhook_failover_url } = object(event.payload);
  const tried = (Array.isArray(attempts) ? attempts : []).slice(0, MAX_URLS);
  const urls = [
    ...tried.map((each) => object(object(object(each).http).request).url),
    webhook_url,
    webhook_failover_url,
  ];
  return {
    id: typeof id === "string" ? id : null,
    event,
    urls: [...new Set(urls.filter((url) => typeof url === "string"))],
    startedAt: typeof started_at === "string" ? started_at : null,
  };
}

/** Attempts come newest first; their errors are numbers, or objects in older answers. */
function fateOf({ status, attempts }: Row): Pick<FaredDelivery, "isDelivered" | "attempt"> {
  const newest = object(Array.isArray(attempts) ? attempts[0] : null);
  const { request, response } = object(newest.http);
  const [error] = Array.isArray(newest.errors) ? (newest.errors as unknown[]) : [];
  const code = Number(object(error).code ?? error);
  const { url } = object(request);
  const answered = Number(object(response).status ?? Number.NaN);
  const said = typeof status === "string" ? status : newest.status;
  return {
    isDelivered: said === "delivered" ? true : said === "failed" ? false : null,
    attempt: {
      url: typeof url === "string" ? url : null,
      status: Number.isInteger(answered) ? answered : null,
      code: Number.isInteger(code) ? code : null,
    },
  };
}

function object(value: unknown): Row {
  return typeof value === "object" && value !== null ? (value as Row) : {};
}
