/** The tables of what Telnyx sent and we could not keep, or did not send, beside those of schema.ts. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** `message.received` events that could not be read, as they came. */
export const unreadable_events = sqliteTable("unreadable_events", {
  id: integer().primaryKey({ autoIncrement: true }),
  /** SHA-256 of the body: Telnyx's retries of it are one row. */
  hash: text().notNull().unique(),
  stored_at: integer().notNull(),
  reason: text().notNull(),
  body: text().notNull(),
});

/** How far each of Telnyx's lists was read, and who reads them now. */
export const checkpoints = sqliteTable("checkpoints", {
  /** `deliveries`, `records`; `lease` for the one who reads, `last` for how the last one fared; `pictures` for the one who fetches them. */
  name: text().primaryKey(),
  /** Of everything up to here it is known what became of it. */
  through: integer(),
  checked_at: integer(),
  leased_until: integer(),
  /** What the last look found, as JSON; of the lease its holder. */
  report: text(),
});

/** Texts of ours that Telnyx has, or had, and that cannot be had. */
export const unrecovered = sqliteTable("unrecovered", {
  telnyx_id: text().primaryKey(),
  to: text().notNull(),
  from: text().notNull(),
  received_at: integer(),
  reason: text().notNull(),
  seen_at: integer().notNull(),
});

/** Of `inlet doctor` while it sends itself a message: whose webhooks are taken besides Telnyx's, and to which number. */
export const canaries = sqliteTable("canaries", {
  /** Negative, as no other account's. */
  account_id: integer().primaryKey(),
  /** Base64 of the 32 raw bytes of an Ed25519 key. */
  public_key: text().notNull(),
  recipient: text().notNull(),
  expires_at: integer().notNull(),
});
