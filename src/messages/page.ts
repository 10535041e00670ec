/** Pages of stored messages in the order of seq. */
import type { Read, Statement } from "../database/connection.ts";
import { INSTALLATION_COLUMNS, type Installation, toInstallation } from "../database/installation.ts";
import type { StoredMessage } from "../message.ts";
import { PageSize } from "./pagesize.ts";
import { COLUMNS, PAGE_OF, toStoredMessages } from "./row.ts";

const PAGE_ROWS = 200;
/** The tail reads for everybody, so its page is as large as the writer's batch. */
const TAIL_ROWS = 500;
/** SQLite merges at most 500 selects in one. */
export const MERGED_SELECTS = 400;

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
export function readNew(
  read: Read,
  after: number,
  size = new PageSize(TAIL_ROWS),
): Promise<Page & { readonly installation: Installation }> {
  return size.read(async (limit) => {
    const { rows } = await read({ sql: NEW, args: [after, limit] });
    const installation = toInstallation(rows[0]);
    const messages = pageOf(rows[0]?.page, size);
    const through = messages.length === limit ? lastSeq(messages) : installation.position;
    return { messages, installation, through };
  });
}

/** The messages in sight after `after`, none beyond `until`, and how far the same moment's store was pruned. */
export function readPage(
  read: Read,
  sight: Sight,
  after: number,
  until: number,
  size = new PageSize(PAGE_ROWS),
): Promise<Page & { readonly prunedThrough: number }> {
  return size.read(async (limit) => {
    const found: StoredMessage[] = [];
    let through = until;
    let prunedThrough = 0;
    for (const statement of sightStatements(sight, after, until, limit)) {
      const { rows } = await read(statement);
      const messages = pageOf(rows[0]?.page, size);
      found.push(...messages);
      prunedThrough = Number(rows[0]?.pruned_through);
      // A select that was cut has said nothing about what lies behind its last row.
      if (messages.length === limit) through = Math.min(through, lastSeq(messages));
    }
    const inSight = ({ seq, message }: StoredMessage) =>
      seq <= through && (sight.to?.includes(message.to) ?? true);
    return { messages: found.filter(inSight).sort((a, b) => a.seq - b.seq), through, prunedThrough };
  });
}

export function tailPageSize(): PageSize {
  return new PageSize(TAIL_ROWS);
}

export function replayPageSize(): PageSize {
  return new PageSize(PAGE_ROWS);
}

function pageOf(text: unknown, size: PageSize): StoredMessage[] {
  const messages = toStoredMessages(text);
  size.learn(messages.length, typeof text === "string" ? text.length : 0);
  return messages;
}

// One statement, so that the position and the rows are of one moment.
const NEW = `
  SELECT ${INSTALLATION_COLUMNS},
    (${PAGE_OF(`SELECT ${COLUMNS} FROM messages WHERE seq > ? ORDER BY seq LIMIT ?`)}) AS page
  FROM installation WHERE id = 1`;

/**
 * One select for each account (and number), which SQLite merges in the order of seq straight from the index: the
 * page costs what it holds, however much lies behind it. Where accounts and numbers together are too many for one
 * statement, the numbers are left to be filtered from the pages of the accounts.
 */
function* sightStatements(
  { accounts, to }: Sight,
  after: number,
  until: number,
  limit: number,
): Generator<Statement> {
  const selects = accounts.flatMap((account) =>
    to === null || accounts.length * to.length > MERGED_SELECTS
      ? [{ where: "account_id = ?", args: [account] }]
      : to.map((number) => ({ where: `"to" = ? AND account_id = ?`, args: [number, account] })),
  );
  for (let at = 0; at < selects.length; at += MERGED_SELECTS) {
    const merged = selects.slice(at, at + MERGED_SELECTS);
    const seqs = merged.map(
      ({ where }) => `SELECT seq FROM messages WHERE ${where} AND seq > ? AND seq <= ?`,
    );
    yield {
      sql: `SELECT pruned_through, (${PAGE_OF(`SELECT ${COLUMNS} FROM (
          ${seqs.join(" UNION ALL ")} ORDER BY seq LIMIT ?) JOIN messages USING (seq)`)}) AS page
        FROM installation WHERE id = 1`,
      args: [...merged.flatMap(({ args }) => [...args, after, until]), limit],
    };
  }
}

function lastSeq(messages: readonly StoredMessage[]): number {
  return messages.at(-1)?.seq ?? 0;
}
