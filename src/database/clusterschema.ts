/** The tables by which the processes over one database speak with commands. */
import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** What a command asks all of them, for as long as it waits. */
export const questions = sqliteTable("questions", {
  /** Never given twice: how a running service notices a new one. */
  id: integer().primaryKey({ autoIncrement: true }),
  kind: text().notNull(),
  about: text().notNull(),
  asked_at: integer().notNull(),
});

/** What each of them said, as JSON. */
export const answers = sqliteTable(
  "answers",
  {
    question_id: integer().notNull(),
    process: text().notNull(),
    body: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.question_id, table.process] })],
);
