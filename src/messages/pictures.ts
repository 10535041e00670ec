/**
 * The pictures of messages that are to be kept: a mark in the message, and a row for each in the message's own
 * transaction. Whatever removes messages says there, too, that their files are to go.
 */
import type { Statement, Value } from "../database/result.ts";
import type { InboundMessage, Media } from "../message.ts";
import { journeyOf, noteJourney } from "./journey.ts";

/** Of one message: what is beyond stays a link. Telnyx allows as many. */
const MAX_PICTURES = 10;

/** SMIL says how the parts of an MMS are laid out. It is common, and no picture. */
const SMIL = /^application\/smil(?:\+xml)?$/;

export function isSmil({ content_type }: Media): boolean {
  return SMIL.test(content_type?.split(";", 1)[0]?.trim().toLowerCase() ?? "");
}

/** The same message, with those of its media marked that are to be kept. */
export function markKept(inbound: InboundMessage): InboundMessage {
  const { message } = inbound;
  if (!message.media) return inbound;
  let left = MAX_PICTURES;
  const media = message.media.map(
    (each): Media => (isSmil(each) || left-- <= 0 ? each : { ...each, kept: true }),
  );
  const marked = { ...message, media };
  const journey = journeyOf(message);
  if (journey) noteJourney(marked, journey);
  return { ...inbound, message: marked };
}

/** One row for each that is marked, as JSON for {@link insertPictures}. */
export function pictureRows({ message, hashes }: InboundMessage): string[] {
  return (message.media ?? []).flatMap(({ url, kept }, n) =>
    kept ? [JSON.stringify([message.message_id, n, url, hashes?.[n] ?? null])] : [],
  );
}

/**
 * After the insert of the messages themselves. Of a message that was there before nothing comes anew; of one that has
 * a tombstone nothing at all; and of one that was stored as links nothing, because it is shown so.
 */
export function insertPictures(rows: readonly string[]): Statement {
  return {
    sql: `INSERT INTO media (message_id, n, source_url, given_sha256, state, tries, due_at)
      SELECT j.value->>0, j.value->>1, j.value->>2, j.value->>3, 'pending', 0, 0
      FROM json_each(?) j CROSS JOIN messages m ON m.message_id = j.value->>0
      WHERE json_extract(m.media, '$[' || (j.value->>1) || '].kept')
      ON CONFLICT (message_id, n) DO NOTHING`,
    args: [`[${rows.join(",")}]`],
  };
}

/**
 * Says that the files of these messages are to go: those that this condition on `messages` finds. In the transaction
 * that removes them, and before it does. Costs a look into an index for each.
 */
export function abandonPictures(where: string, args: readonly Value[]): Statement {
  return {
    sql: `UPDATE media SET state = 'gone' WHERE message_id IN (SELECT message_id FROM messages WHERE ${where})`,
    args: [...args],
  };
}
