/**
 * All rows of one of Telnyx's lists, or a failure: never a part of it, and never nothing because the answer was
 * something else. Pages are counted here; of what a page says of itself only its totals are looked at.
 */
import type { Telnyx } from "telnyx";
import type { Call, TelnyxClient } from "./client.ts";
import { TelnyxFailure } from "./failure.ts";

export type Row = Readonly<Record<string, unknown>>;

export interface ListRequest<T> {
  /** A noun for sentences, such as "webhook deliveries". */
  readonly what: string;
  /** The request of a page; the first has number 1. */
  readonly page: (telnyx: Telnyx, number: number) => ReturnType<Call>;
  /** What is kept of a row. */
  readonly keep: (row: Row) => T;
  /** Characters of a page: a larger one is not read, and the list is `capped`. */
  readonly maxLength?: number;
  /** More than these are not read. */
  readonly maxPages: number;
}

/** A list to its end; `rows` is null where it has more pages than may be read. `pages` counts those that were asked for. */
export interface Listing<T> {
  readonly rows: readonly T[] | null;
  readonly pages: number;
  /** How many there are, as its last page says; null where it does not. */
  readonly announced: number | null;
}

/** A list that changes while it is read is read again. */
const MAX_READINGS = 3;

/**
 * Rows are told apart by `id` or `uuid`; what has none counts each time. At most `maxPages` pages are in memory. Throws
 * {@link TelnyxFailure}.
 */
export async function readList<T>(client: TelnyxClient, request: ListRequest<T>): Promise<Listing<T>> {
  let pages = 0;
  let before: Reading<T> | null = null;
  for (let reading = 1; ; reading++) {
    const once: Reading<T> = await readOnce(client, request);
    pages += once.pages;
    const { rows, read, announced } = once;
    if (rows === null || announced === null || rows.length >= announced) return { rows, pages, announced };
    // It has entries twice when it holds the same ones once more; otherwise one may have slipped to a page already read.
    if (read >= announced && before?.rows?.length === rows.length) return { rows, pages, announced };
    if (reading === MAX_READINGS)
      throw new TelnyxFailure(
        "unreadable",
        `Telnyx's list of ${request.what} says that it has ${announced} entries, and holds ${rows.length}`,
      );
    before = once;
  }
}

interface Reading<T> {
  /** Each once; null where there are more than may be read. */
  readonly rows: T[] | null;
  /** How many came, those that came twice included. */
  readonly read: number;
  readonly pages: number;
  readonly announced: number | null;
}

async function readOnce<T>(client: TelnyxClient, request: ListRequest<T>): Promise<Reading<T>> {
  const { what, maxPages, maxLength, keep } = request;
  const rows = new Map<unknown, T>();
  let read = 0;
  let before: string | null = null;
  for (let number = 1; ; number++) {
    const { json } = await client.ask(what, (telnyx) => request.page(telnyx, number), maxLength);
    const { data, totalPages, totalRows } = judged(what, json);
    const page = data.length === 0 ? null : JSON.stringify([data[0], data.at(-1)]);
    if (page !== null && page === before)
      throw new TelnyxFailure("unreadable", `Telnyx answers the same page of ${what} again and again`);
    before = page;
    for (const row of data) rows.set(identity(row), keep(row));
    read += data.length;
    if (data.length === 0 && totalPages !== null && number < totalPages)
      throw new TelnyxFailure("unreadable", `a page of Telnyx's list of ${what} is empty before its end`);
    // Without a total only an empty page is the end: a short one may be all that a server gives at once.
    if (data.length === 0 || (totalPages !== null && number >= totalPages))
      return { rows: [...rows.values()], read, pages: number, announced: totalRows };
    if (number >= maxPages || (totalPages !== null && totalPages > maxPages))
      return { rows: null, read, pages: number, announced: null };
  }
}

function identity(row: Row): unknown {
  const { id, uuid } = row;
  return typeof id === "string" ? id : typeof uuid === "string" ? uuid : row;
}

/** Throws {@link TelnyxFailure} for what is no page. */
function judged(what: string, json: unknown) {
  const { data, meta } = json as { data?: unknown; meta?: unknown };
  const isRow = (row: unknown) => typeof row === "object" && row !== null && !Array.isArray(row);
  if (!Array.isArray(data) || !data.every(isRow))
    throw new TelnyxFailure("unreadable", `what Telnyx answered for ${what} is no list`);
  const { total_pages, total_results } = (meta ?? {}) as { total_pages?: unknown; total_results?: unknown };
  const pages = count(total_pages);
  // None, and yet there is something: it does not know.
  const totalPages = pages === 0 && data.length > 0 ? null : pages;
  return { data: data as Row[], totalPages, totalRows: count(total_results) };
}

/** A whole number, also one that came as a text. */
function count(value: unknown): number | null {
  const number = typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? number : null;
}
