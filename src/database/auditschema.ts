/** Who changed what: triggers of drizzle/0000_tables.sql let rows only be added. */
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const audit = sqliteTable(
  "audit",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    /** By the database's clock, inside the commit of the change itself. */
    at: integer().notNull(),
    /** Of the machine. */
    user: text().notNull(),
    /** Its name, without what was given to it. */
    command: text().notNull(),
    /** Such as `keys.revoke`. */
    action: text().notNull(),
    /** A JSON object: ids, numbers and names, no secrets. */
    details: text().notNull(),
  },
  (table) => [index("audit_at").on(table.at)],
);
