/** Pages of stored messages in the order of seq. */
import { isBusy, type Read, type Statement } from "../database/connection.ts";
import { INSTALLATION_COLUMNS, type Installation, toInstallation } from "../database/installation.ts";
import type { StoredMessage } from "../message.ts";
import { COLUMNS, PAGE_OF, toStoredMessages } from "./row.ts";

const PAGE_ROWS = 200;
/** The tail reads for everybody, so its page is as large as the writer's batch. */
const TAIL_ROWS = 500;
/** SQLite merges at most 500 selects in one. */
const MERGED_SELECTS = 400;

/** Whose messages, and only those to certain numbers if `to` is given. */
export interface Sight {
  /** Ascending. */
  readonly accounts: readonly number[];
  readonly to: readonly string[] | null;
}

export interface Page {
  readonly messages: readonly StoredMessage[];
  /** Everything up to this seq has been looked at: where the next page starts. */
  readonly through: number;
}

/** The messages of all accounts after `after`, as far as the page goes, and the installation at the same moment. */
export function readNew(read: Read, after: number): Promise<Page & { readonly installation: Installation }> {
  return shrinking(TAIL_ROWS, async (limit) => {
    const { rows } = await read({ sql: NEW, args: [after, limit] });
    const installation = toInstallation(rows[0]);
    const messages = toStoredMessages(rows[0]?.page);
    const through = messages.length === limit ? lastSeq(messages) : installation.position;
    return { messages, installation, through };
  });
}

/** The messages in sight after `after`, none beyond `until`. */
export function readPage(read: Read, sight: Sight, after: number, until: number): Promise<Page> {
  return shrinking(PAGE_ROWS, async (limit) => {
    const found: StoredMessage[] = [];
    let through = until;
    for (const statement of sightStatements(sight, after, until, limit)) {
      const messages = toStoredMessages((await read(statement)).rows[0]?.page);
      found.push(...messages);
      // A select that was cut has said nothing about what lies behind its last row.
      if (messages.length === limit) through = Math.min(through, lastSeq(messages));
    }
    const messages = found.filter(({ seq }) => seq <= through).sort((a, b) => a.seq - b.seq);
    return { messages, through };
  });
}

// One statement, so that the position and the rows are of one moment.
const NEW = `
  SELECT ${INSTALLATION_COLUMNS},
    (${PAGE_OF(`SELECT ${COLUMNS} FROM messages WHERE seq > ? ORDER BY seq LIMIT ?`)}) AS page
  FROM installation WHERE id = 1`;

/**
 * One select for each account (and number), which SQLite merges in the order of seq straight from the index: the
 * page costs what it holds, however much lies behind it.
 */
function* sightStatements(
  { accounts, to }: Sight,
  after: number,
  until: number,
  limit: number,
): Generator<Statement> {
  const selects = accounts.flatMap((account) =>
    to === null
      ? [{ where: "account_id = ?", args: [account] }]
      : to.map((number) => ({ where: `"to" = ? AND account_id = ?`, args: [number, account] })),
  );
  for (let at = 0; at < selects.length; at += MERGED_SELECTS) {
    const merged = selects.slice(at, at + MERGED_SELECTS);
    const seqs = merged.map(
      ({ where }) => `SELECT seq FROM messages WHERE ${where} AND seq > ? AND seq <= ?`,
    );
    yield {
      sql: PAGE_OF(`SELECT ${COLUMNS} FROM (${seqs.join(" UNION ALL ")} ORDER BY seq LIMIT ?)
        JOIN messages USING (seq)`),
      args: [...merged.flatMap(({ args }) => [...args, after, until]), limit],
    };
  }
}

/** Some servers refuse a large answer (sqld beyond 10 MB): a page that fails is tried again with half the rows. */
async function shrinking<T>(most: number, page: (limit: number) => Promise<T>): Promise<T> {
  for (let limit = most; ; limit = Math.floor(limit / 2)) {
    try {
      return await page(limit);
    } catch (error) {
      if (limit <= 1 || isBusy(error)) throw error;
    }
  }
}

function lastSeq(messages: readonly StoredMessage[]): number {
  return messages.at(-1)?.seq ?? 0;
}
