/**
 * What a restored copy must not take back: that a key was revoked, and who changed what since. Both are taken over from the
 * database that it replaces, where that can be read.
 */
import { openPlain } from "../engine.ts";
import type { LocalEngine } from "../local.ts";
import type { Read } from "../result.ts";

/** Rows that are handed over at once. */
const PAGE_ROWS = 500;

/** `old` reads the database that is replaced; resolves to how many keys of the copy were revoked since. */
export async function carryOver(old: Read, copy: string): Promise<number> {
  const engine = await openPlain(copy);
  try {
    const revoked = await carryRevocations(old, engine);
    await carryTrail(old, engine);
    return revoked;
  } finally {
    engine.close();
  }
}

/** A key is known by its hash: the copy may be of another database, and then has none of these. */
async function carryRevocations(old: Read, engine: LocalEngine): Promise<number> {
  let revoked = 0;
  for (let after = 0; ; ) {
    const [page] = (
      await old({
        sql: `SELECT max(id) AS last, json_group_array(json_array(hash, revoked_at)) AS keys FROM (
          SELECT * FROM keys WHERE id > ? AND revoked_at IS NOT NULL ORDER BY id LIMIT ?)`,
        args: [after, PAGE_ROWS],
      })
    ).rows;
    if (page?.last === null || page?.last === undefined) return revoked;
    after = Number(page.last);
    revoked += engine.execute({
      sql: `UPDATE keys SET revoked_at = j.value->>1 FROM json_each(?) j
        WHERE hash = j.value->>0 AND revoked_at IS NULL`,
      args: [String(page.keys)],
    }).rowsAffected;
  }
}

/** What comes after the copy's own end, if that end is the same in both: else it is another database's trail. */
async function carryTrail(old: Read, engine: LocalEngine): Promise<void> {
  const line = "json_array(id, at, user, command, action, details)";
  const end = engine.execute(`SELECT id, ${line} AS line FROM audit ORDER BY id DESC LIMIT 1`).values;
  let after = Number(end[0] ?? 0);
  const same = await old({ sql: `SELECT ${line} AS line FROM audit WHERE id = ?`, args: [after] });
  if (after > 0 && same.rows[0]?.line !== end[1]) return;
  for (;;) {
    const [page] = (
      await old({
        sql: `SELECT max(id) AS last, json_group_array(${line}) AS lines FROM (
          SELECT * FROM audit WHERE id > ? ORDER BY id LIMIT ?)`,
        args: [after, PAGE_ROWS],
      })
    ).rows;
    if (page?.last === null || page?.last === undefined) return;
    after = Number(page.last);
    engine.execute({
      sql: `INSERT INTO audit (id, at, user, command, action, details)
        SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5
        FROM (SELECT json(value) AS value FROM json_each(?))`,
      args: [String(page.lines)],
    });
  }
}
