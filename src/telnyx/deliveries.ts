/** Webhooks that Telnyx sent, or tried to, as its list of deliveries tells of them. The list is the whole account's. */
import type { TelnyxClient } from "./client.ts";
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

export interface Span {
  /** Milliseconds since 1970, both included. */
  readonly from: number;
  readonly to: number;
}

const ROWS = 250;
const MAX_URLS = 10;

/**
 * All `message.received` whose delivery started in this span, delivered ones too: what was answered 200 may be lost
 * since, or have gone to another URL. Throws {@link TelnyxFailure}.
 */
export function readDeliveries(
  client: TelnyxClient,
  span: Span,
  maxPages: number,
): Promise<Listing<Delivery>> {
  const started_at = { gte: new Date(span.from).toISOString(), lte: new Date(span.to).toISOString() };
  return readList(client, {
    what: "webhook deliveries",
    page: (telnyx, number) =>
      telnyx.webhookDeliveries.list({
        filter: { event_type: "message.received", started_at },
        "page[number]": number,
        "page[size]": ROWS,
      }),
    keep: toDelivery,
    maxPages,
  });
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

function object(value: unknown): Row {
  return typeof value === "object" && value !== null ? (value as Row) : {};
}
