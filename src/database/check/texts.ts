/**
 * Texts that are none: bytes that are not UTF-8, or a NUL. To read one as text aborts the process inside the engine (bytes)
 * or cuts it short (NUL), so each is read as bytes.
 */
import { isUtf8 } from "node:buffer";
import type { Read, Value } from "../result.ts";
import { MAX_FINDINGS } from "./structure.ts";

/** The columns that hold what came from outside, by their tables. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  messages: ["message_id", "telnyx_id", "from", "to", "keyword", "subject", "cc", "media", "body"],
  unreadable_events: ["hash", "reason", "body"],
  accounts: ["name"],
  numbers: ["number", "label"],
  keys: ["hash", "start", "name", "scopes"],
  tickets: ["hash", "to"],
  checkpoints: ["name", "report"],
  audit: ["user", "command", "action", "details"],
  unrecovered: ["telnyx_id", "to", "from", "reason"],
};

/** Rows that are looked through by one statement: those of plain ASCII stay where they are, some 3 µs each. */
const STEP_ROWS = 5_000;
/** Of the others, which are read: each may have a megabyte. */
const READ_ROWS = 32;

export async function checkTexts(read: Read): Promise<string[]> {
  const findings: string[] = [];
  for (const [table, columns] of Object.entries(TEXTS)) {
    for (let after = 0; findings.length < MAX_FINDINGS; ) {
      const step = await readStep(read, table, columns, after);
      if (step === null) break;
      findings.push(...step.faults);
      after = step.through;
    }
  }
  return findings.slice(0, MAX_FINDINGS);
}

/** Null behind the last row. */
async function readStep(read: Read, table: string, columns: readonly string[], after: number) {
  const end = await read({
    sql: `SELECT max(id) AS id FROM (SELECT rowid AS id FROM ${table} WHERE rowid > ? ORDER BY rowid LIMIT ?)`,
    args: [after, STEP_ROWS],
  });
  if (end.rows[0]?.id === null || end.rows[0]?.id === undefined) return null;
  const last = Number(end.rows[0].id);
  // A line feed between two: what is cut short at the end of one is not completed by the next.
  const all = columns.map((column) => `coalesce("${column}", '')`).join(" || char(10) || ");
  const { rows } = await read({
    // What is not from U+0001 to U+007F alone, or has a NUL, behind which GLOB does not look.
    sql: `SELECT rowid AS id, CAST(${all} AS BLOB) AS bytes FROM ${table}
      WHERE rowid > ? AND rowid <= ? AND (
        (${all}) GLOB '*[^' || char(1) || '-' || char(127) || ']*' OR length(${all}) <> octet_length(${all}))
      ORDER BY rowid LIMIT ?`,
    args: [after, last, READ_ROWS],
  });
  const faults = rows.flatMap(({ id, bytes }) => {
    const fault = faultOf(bytes ?? null);
    return fault === null
      ? []
      : [`row ${id} of ${table} holds ${fault}: reading it would end the process or cut it short`];
  });
  return { faults, through: rows.length < READ_ROWS ? last : Number(rows.at(-1)?.id) };
}

function faultOf(value: Value): string | null {
  if (!(value instanceof ArrayBuffer) && !ArrayBuffer.isView(value)) return null;
  const bytes =
    value instanceof ArrayBuffer
      ? new Uint8Array(value)
      : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (!isUtf8(bytes)) return "bytes that are no text";
  return bytes.includes(0) ? "a NUL" : null;
}
