/** The table of the pictures that are kept, beside those of schema.ts. The files lie in a folder, see src/media/files.ts. */
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Written in the transaction of its message: a picture whose row is lost would be lost. */
export const media = sqliteTable(
  "media",
  {
    message_id: text().notNull(),
    /** Its place among the message's media, from 0. */
    n: integer().notNull(),
    /** Telnyx's link, which whoever has it may open: it stands in no log. */
    source_url: text().notNull(),
    /** SHA-256 in hexadecimal, where Telnyx names it. */
    given_sha256: text(),
    /** `gone`: its message is, and the file is to go. */
    state: text({ enum: ["pending", "stored", "failed", "gone"] }).notNull(),
    /** Why it failed, or why it is still pending. */
    reason: text(),
    /** Told by its first bytes. */
    type: text(),
    size: integer(),
    /** Of the file, in hexadecimal. */
    sha256: text(),
    tries: integer().notNull(),
    /** While it is pending: when it is tried next. */
    due_at: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.message_id, table.n] }),
    index("media_due").on(table.state, table.due_at),
  ],
);
