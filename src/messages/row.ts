/** A message as a row of the table, and back. */
import type { InboundMessage, Media, Message, StoredMessage } from "../message.ts";

/** The columns that make a {@link StoredMessage}. */
export const COLUMNS = `seq, account_id, message_id, "from", "to", body, received_at, stored_at, media, cc, keyword, spam, subject, recovered`;

/** Bytes of a message's texts: nothing else of a row is long. */
export const STORED_BYTES = ['"from"', '"to"', "body", "media", "cc", "subject", "keyword"]
  .map((column) => `coalesce(octet_length(${column}), 0)`)
  .join(" + ");

/** The same in bytes, told without reading the texts. */
export const TEXT_BYTES = ["body", "subject", "media", "cc"]
  .map((column) => `coalesce(octet_length(${column}), 0)`)
  .join(" + ");

/** Selects a page as one text: half the time of handing over each value by itself. */
export const PAGE_OF = (select: string) =>
  `SELECT json_group_array(json_array(${COLUMNS})) AS page FROM (${select})`;

type Values = [
  seq: number, account_id: number | null, message_id: string, from: string, to: string, body: string,
  received_at: number, stored_at: number, media: string | null, cc: string | null, keyword: string | null,
  spam: number | null, subject: string | null, recovered: number | null,
]; // biome-ignore format: the columns

/** The messages of a {@link PAGE_OF}, in the order of seq. */
export function toStoredMessages(page: unknown): StoredMessage[] {
  const rows = JSON.parse(typeof page === "string" ? page : "[]") as Values[];
  return rows.map(toStoredMessage).sort((a, b) => a.seq - b.seq);
}

/** As one element of the JSON array that the insert reads. The order is that of `INSERT` in insert.ts. */
export function toInsertRow({ telnyx_id, message }: InboundMessage): string {
  return JSON.stringify([
    message.message_id,
    telnyx_id,
    message.from,
    message.to,
    message.body,
    Date.parse(message.received_at),
    message.media ? JSON.stringify(message.media) : null,
    message.cc ? JSON.stringify(message.cc) : null,
    message.keyword ?? null,
    message.spam ? 1 : null,
    message.subject ?? null,
    message.recovered ? 1 : null,
  ]);
}

function toStoredMessage(values: Values): StoredMessage {
  const [
    seq,
    account_id,
    message_id,
    from,
    to,
    body,
    received_at,
    stored_at,
    media,
    cc,
    keyword,
    spam,
    subject,
    recovered,
  ] = values;
  const message: Message = {
    message_id,
    from,
    to,
    body,
    received_at: new Date(received_at).toISOString(),
    ...(subject === null ? {} : { subject }),
    ...(media === null ? {} : { media: JSON.parse(media) as Media[] }),
    ...(cc === null ? {} : { cc: JSON.parse(cc) as string[] }),
    ...(keyword === null ? {} : { keyword }),
    ...(spam ? { spam: true as const } : {}),
    ...(recovered ? { recovered: true as const } : {}),
  };
  return { seq, account_id, stored_at, message };
}
