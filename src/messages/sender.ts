/** Walks through all messages in the order of seq, by what each says of its sender: no index knows senders. */
import type { Read } from "../database/result.ts";
import { senderForm } from "../values/phone.ts";

/** Of one statement: some 3 ms, and two thousand comparisons. */
const PAGE_ROWS = 2_000;

export interface SenderPage {
  /** The sender's. */
  readonly seqs: readonly number[];
  /** Of others, where the sender is in `cc`: what is left of that without it. */
  readonly copied: readonly { readonly seq: number; readonly cc: readonly string[] }[];
  /** Everything up to here was looked at. */
  readonly through: number;
}

/**
 * Messages after `after` up to `until`, with these recipients and of this account where those are given. A sender is
 * compared in the form that search uses.
 */
export async function* pagesOfSender(
  read: Read,
  sender: string,
  after: number,
  until: number,
): AsyncGenerator<SenderPage> {
  const wanted = senderForm(sender);
  const sql = `SELECT json_group_array(json_array(seq, "from", cc)) AS page FROM (
    SELECT seq, "from", cc FROM messages WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?)`;
  for (let through = after; ; ) {
    const [row] = (await read({ sql, args: [through, until, PAGE_ROWS] })).rows;
    const page = JSON.parse(String(row?.page)) as [number, string, string | null][];
    const last = page.at(-1)?.[0];
    if (last === undefined) return;
    through = last;
    const isWanted = (text: string) => senderForm(text) === wanted;
    const copied = page.flatMap(([seq, from, cc]) => {
      const all = cc === null || isWanted(from) ? [] : (JSON.parse(cc) as string[]);
      return all.some(isWanted) ? [{ seq, cc: all.filter((each) => !isWanted(each)) }] : [];
    });
    yield { seqs: page.filter(([, from]) => isWanted(from)).map(([seq]) => seq), copied, through };
  }
}
