/**
 * The detail records of received messages: without their texts, and the only list of them that does not depend on
 * where their webhooks were sent.
 */
import { parseTime } from "../values/time.ts";
import { textOf } from "./answer.ts";
import type { TelnyxClient } from "./client.ts";
import type { Span } from "./deliveries.ts";
import { TelnyxFailure } from "./failure.ts";
import { type Listing, type Row, readList } from "./list.ts";

export interface DetailRecord {
  /** The message's, as the webhook has it; empty where it has none. */
  readonly id: string;
  /** Empty where it names none. */
  readonly to: string;
  readonly from: string;
  /** Milliseconds since 1970; null where it does not say. */
  readonly createdAt: number | null;
  /** `SMS`, `MMS`, `RCS`; null where it does not say. */
  readonly type: string | null;
  readonly profileId: string | null;
  readonly urls: readonly string[];
}

/** The most that there may be. */
const ROWS = 50;
const DAY_MS = 86_400_000;
/** Of a list that cannot be asked for in parts: as many as a million messages have. */
const MAX_WHOLE_PAGES = 20_000;

/**
 * Those of messages that were made in this span; what is of another time or direction is null. `now` in ms since 1970.
 * Documented are dates alone: a time of day may be refused, taken as it is meant, or cut to its date, which at the end
 * of a span would hide all of that day. So the list is asked for beyond every end where that costs nothing: in the span
 * that ends with the window. `isPart` is a span with others behind it. Throws {@link TelnyxFailure}.
 */
export async function readRecords(
  client: TelnyxClient,
  span: Span,
  now: number,
  maxPages: number,
  isPart = false,
): Promise<Listing<DetailRecord | null>> {
  /** Of this span, and from before it. */
  let [inside, earlier] = [0, 0];
  const keep = (row: Row) => {
    const record = toRecord(row);
    const at = record?.createdAt ?? null;
    if (at !== null && at < span.from) earlier++;
    if (at !== null && (at < span.from || at > span.to)) return null;
    inside++;
    return record;
  };
  const between = (end: number) => ({
    created_at: { gte: new Date(span.from).toISOString(), lt: new Date(end).toISOString() },
  });
  const beyond = between(now + 2 * DAY_MS);
  try {
    if (!isPart) return await read(client, beyond, keep, maxPages);
    const listing = await read(client, between(span.to + 1), keep, maxPages);
    if (listing.rows === null || (earlier === 0 && inside > 0)) return listing;
    // Where there is nothing, one page tells whether there would be.
    const probed = earlier === 0 ? await read(client, beyond, keep, 1) : listing;
    const pages = listing.pages + (probed === listing ? 0 : probed.pages);
    if (earlier === 0 && inside === 0) return { ...listing, pages };
    return await readWhole(client, beyond, keep);
  } catch (error) {
    if (!(error instanceof TelnyxFailure) || error.kind !== "refused" || error.status !== 400) throw error;
    // The zone of its days is not documented: one more.
    const days = Math.ceil((now - span.from) / DAY_MS) + 1;
    return readWhole(client, { date_range: `last_${days}_days` }, keep);
  }
}

/** What cannot be asked for in parts. */
async function readWhole(
  client: TelnyxClient,
  filter: Row,
  keep: Keep,
): Promise<Listing<DetailRecord | null>> {
  const listing = await read(client, filter, keep, MAX_WHOLE_PAGES);
  if (listing.rows) return listing;
  throw new TelnyxFailure("capped", "Telnyx's list of detail records has no end");
}

type Keep = (row: Row) => DetailRecord | null;

function read(
  client: TelnyxClient,
  filter: Row,
  keep: Keep,
  maxPages: number,
): Promise<Listing<DetailRecord | null>> {
  return readList(client, {
    what: "detail records",
    page: (telnyx, number) =>
      telnyx.detailRecords.list({
        filter: { record_type: "messaging", direction: "inbound", ...filter },
        // Oldest first: what is made meanwhile comes behind, and moves nothing to a page that was read.
        sort: ["created_at"],
        "page[number]": number,
        "page[size]": ROWS,
      }),
    keep,
    maxPages,
  });
}

function toRecord(row: Row): DetailRecord | null {
  const { uuid, cld, cli, created_at, message_type, profile_id } = row;
  if (row.direction === "outbound") return null;
  return {
    id: textOf(uuid) ?? textOf(row.id) ?? "",
    to: textOf(cld) ?? "",
    from: textOf(cli) ?? "",
    createdAt: parseTime(textOf(created_at) ?? ""),
    type: textOf(message_type),
    profileId: textOf(profile_id),
    urls: [row.delivery_status_webhook_url, row.delivery_status_failover_url].filter(
      (url) => typeof url === "string",
    ),
  };
}
