/** Accounts and keys by their names, messages by the beginning of their ids, where ids are wanted: a name that several have says which there are. */
import type { Database } from "../database/open.ts";
import { CommandError } from "../errors.ts";

/** An id, or a name. */
export type Named = number | string;

/** More are not named in a message. */
const MAX_SHOWN = 5;

/** Throws {@link CommandError} for a name that nobody or more than one account has; an id is not looked up. */
export function accountId(database: Pick<Database, "read">, named: Named): Promise<number> {
  return idOf(database, named, "account", "SELECT id FROM accounts WHERE name = ? AND id > 0");
}

/** The same for a key: those that are revoked have given up their names. */
export function keyId(database: Pick<Database, "read">, named: Named): Promise<number> {
  const sql = "SELECT id FROM keys WHERE name = ? AND account_id > 0 AND revoked_at IS NULL";
  return idOf(database, named, "key", sql);
}

/** A message's whole id. What no message begins with is answered as it is. Throws {@link CommandError}. */
export async function messageIdOf({ read }: Pick<Database, "read">, beginning: string): Promise<string> {
  const { rows } = await read({
    sql: "SELECT message_id FROM messages WHERE message_id >= ?1 AND message_id < ?1 || '~' ORDER BY message_id LIMIT 2",
    args: [beginning],
  });
  const [first = beginning, second] = rows.map(({ message_id }) => String(message_id));
  if (second === undefined || first === beginning) return first;
  throw new CommandError(`${beginning} begins several ids: give more of it, such as ${first}`);
}

async function idOf(
  { read }: Pick<Database, "read">,
  named: Named,
  kind: "account" | "key",
  sql: string,
): Promise<number> {
  if (typeof named === "number") return named;
  const { rows } = await read({ sql: `${sql} ORDER BY id LIMIT ${MAX_SHOWN + 1}`, args: [named] });
  const ids = rows.map(({ id }) => Number(id));
  const shown = JSON.stringify(named);
  if (ids.length === 0)
    throw new CommandError(`${kind} ${shown} not found; inlet ${kind}s list shows all ${kind}s`);
  if (ids.length > 1) {
    const which = `${ids.slice(0, MAX_SHOWN).join(", ")}${ids.length > MAX_SHOWN ? " and more" : ""}`;
    throw new CommandError(`${shown} is the name of several ${kind}s: give the id, one of ${which}`);
  }
  return Number(ids[0]);
}
