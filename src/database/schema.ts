/**
 * The tables. Times are milliseconds since 1970; names are those of the JSON outside. drizzle-kit writes the
 * migrations of drizzle/ from this file (`bun run migrations`); until the first release there is one, edited by hand.
 */
import { blob, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** One row: what holds for this database as a whole. Its epoch is drawn by the migration that makes it. */
export const installation = sqliteTable("installation", {
  id: integer().primaryKey(),
  epoch: text().notNull(),
  /** Grows with every change of the directory or the keys: how a running service notices. */
  directory_version: integer().notNull(),
  /** Retention has removed everything up to this seq. */
  pruned_through: integer().notNull(),
  /** When retention last looked, by a clock that it believed: how it knows one that was set far ahead. */
  looked_at: integer().notNull(),
  /** Grows when somebody deletes a message: a running service then forgets what it holds in memory. */
  deletions: integer().notNull(),
  /** Full-text search has every message up to this seq. */
  indexed_through: integer().notNull(),
});

export const accounts = sqliteTable("accounts", {
  /** Never given twice: a deleted account's messages must not fall to a later one. */
  id: integer().primaryKey({ autoIncrement: true }),
  kind: text({ enum: ["user", "team"] }).notNull(),
  name: text().notNull(),
  created_at: integer().notNull(),
});

/** Accounts whose messages are kept for another time than RETENTION_DAYS says; a row stays until no trace of that is left. */
export const retentions = sqliteTable("retentions", {
  /** No foreign key: it outlives the account, as its messages do. */
  account_id: integer().primaryKey(),
  /** Milliseconds; 0 for ever; -1 as the others again. */
  keep_ms: integer().notNull(),
  /** Of this account's messages, retention has removed everything up to this seq. */
  pruned_through: integer().notNull(),
});

export const members = sqliteTable(
  "members",
  {
    team_id: integer()
      .notNull()
      .references(() => accounts.id, { onDelete: "cascade" }),
    user_id: integer()
      .notNull()
      .references(() => accounts.id, { onDelete: "cascade" }),
    created_at: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.team_id, table.user_id] }),
    index("members_user").on(table.user_id, table.team_id),
  ],
);

export const numbers = sqliteTable(
  "numbers",
  {
    number: text().primaryKey(),
    account_id: integer()
      .notNull()
      .references(() => accounts.id),
    active: integer({ mode: "boolean" }).notNull(),
    label: text(),
    created_at: integer().notNull(),
  },
  (table) => [index("numbers_account").on(table.account_id, table.number)],
);

export const keys = sqliteTable(
  "keys",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    /** SHA-256 of the key, in hexadecimal: the key itself is nowhere. */
    hash: text().notNull(),
    /** The key's first characters, for people to tell keys apart. */
    start: text().notNull(),
    account_id: integer().notNull(),
    name: text().notNull(),
    /** A JSON array. */
    scopes: text({ mode: "json" }).$type<string[]>().notNull(),
    created_at: integer().notNull(),
    expires_at: integer(),
    /** How long it was made for, in ms: a rotated key ends earlier, and its successor lives as long. */
    lifetime: integer(),
    revoked_at: integer(),
    last_used_at: integer(),
  },
  (table) => [uniqueIndex("keys_hash").on(table.hash), index("keys_account").on(table.account_id)],
);

/** Short-lived stand-ins for a key, which open nothing but a stream. */
export const tickets = sqliteTable(
  "tickets",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    /** SHA-256 of the ticket, in hexadecimal: the ticket itself is nowhere. */
    hash: text().notNull(),
    key_id: integer().notNull(),
    /** A JSON array of the numbers it is narrowed to; null for all that its key sees. */
    to: text({ mode: "json" }).$type<string[]>(),
    created_at: integer().notNull(),
    expires_at: integer().notNull(),
  },
  (table) => [
    uniqueIndex("tickets_hash").on(table.hash),
    index("tickets_key").on(table.key_id),
    index("tickets_expires").on(table.expires_at),
  ],
);

export const messages = sqliteTable(
  "messages",
  {
    /** AUTOINCREMENT with one writer: the order of commits, never reused. Has holes. */
    seq: integer().primaryKey({ autoIncrement: true }),
    /** Derived from Telnyx's message id and the recipient, so its uniqueness is theirs. */
    message_id: text().notNull(),
    telnyx_id: text().notNull(),
    /** Whose it is, for ever; null while unrouted. No foreign key: it outlives the account. */
    account_id: integer(),
    /** Of an unrouted message: who owned the (inactive) number when it came. */
    owner_id: integer(),
    from: text().notNull(),
    to: text().notNull(),
    received_at: integer().notNull(),
    /** By the database's clock, inside the commit: what retention and `since` go by. */
    stored_at: integer().notNull(),
    keyword: text(),
    spam: integer({ mode: "boolean" }),
    /** Its webhook never came: Telnyx was asked for it. Null where it came. */
    recovered: integer({ mode: "boolean" }),
    // Last what may be long: to read a column behind a long one, all of that one's pages are read.
    subject: text(),
    /** JSON arrays, absent where empty. */
    cc: text(),
    media: text(),
    body: text().notNull(),
  },
  (table) => [
    uniqueIndex("messages_message_id").on(table.message_id),
    index("messages_account").on(table.account_id, table.seq),
    index("messages_to").on(table.to, table.account_id, table.seq),
  ],
);

/** The parts of the full-text index: some thousands of an account's messages each (src/search/spans.ts). */
export const searchSpans = sqliteTable(
  "search_spans",
  {
    id: integer().primaryKey(),
    account_id: integer().notNull(),
    first_seq: integer().notNull(),
    last_seq: integer().notNull(),
    messages: integer().notNull(),
    tokens: integer().notNull(),
  },
  (table) => [index("search_spans_account").on(table.account_id)],
);

/** Messages that were deleted, or that retention removed, so that late copies of them stay away (WITHOUT ROWID). */
export const tombstones = sqliteTable(
  "tombstones",
  {
    /** The sixteen bytes of a message's id. */
    id: blob().primaryKey(),
    expires_at: integer().notNull(),
  },
  (table) => [index("tombstones_expires").on(table.expires_at)],
);
