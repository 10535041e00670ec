/** Statements and their results: as rows for those who read them, flat on the way from thread to thread. */

export type Value = null | string | number | bigint | ArrayBuffer | Uint8Array;
export type Row = Record<string, Value>;

export interface Result {
  readonly rows: readonly Row[];
  readonly rowsAffected: number;
}

/** A result in the form that is cheapest to make and to copy to another thread. */
export interface FlatResult {
  readonly columns: readonly string[];
  /** The values of all rows, one row after the other. */
  readonly values: readonly Value[];
  readonly rowsAffected: number;
}

export type Statement = string | { readonly sql: string; readonly args: Value[] };

/** Runs one statement that only reads. */
export type Read = (statement: Statement) => Promise<Result>;
/** Runs the statements in one transaction. It is synced to disk when this resolves (a local file). */
export type Write = (statements: Statement[]) => Promise<readonly Result[]>;

export function toResult(flat: FlatResult): Result {
  const { columns, rowsAffected } = flat;
  const rows = valuesOf(flat).map((values) =>
    Object.fromEntries(columns.map((column, i) => [column, values[i] ?? null])),
  );
  return { rows, rowsAffected };
}

/** Each row as a list, because two columns may have the same name. */
export function valuesOf({ columns, values }: FlatResult): Value[][] {
  const rows: Value[][] = [];
  for (let at = 0; at < values.length; at += columns.length) rows.push(values.slice(at, at + columns.length));
  return rows;
}
