/** What one request reads from the store: in the line of its kind, and only for as long as somebody waits for it. */

import type { ReadLines } from "../database/readlines.ts";
import type { Read } from "../database/result.ts";
import { ApiError, unavailable } from "../errors.ts";
import { errorFields } from "../log/log.ts";
import { ThrottledLog } from "../log/throttled.ts";
import { isListing } from "../messages/history.ts";
import type { HistoryDeps, HistoryFilter } from "../messages/historyquery.ts";
import type { Slices } from "../platform/slices.ts";
import type { Indexer } from "../search/indexer.ts";

/** The reads of one request. */
export interface RequestReads {
  /** For what an index lists in order. */
  readonly listing: Read;
  /** For a page of the history: what needs the full-text index stands in another line. */
  readonly forHistory: (filter: HistoryFilter) => HistoryDeps;
}

export interface StoreReadDeps {
  readonly lines: ReadLines;
  readonly indexer: Indexer;
  readonly slices: Slices;
}

/** A client would rather come back than wait for a database that hangs, or for its turn in a long line. */
const DEADLINE_MS = 10_000;

const unread = new ThrottledLog("the store could not be read", "error");

/**
 * Does the work with reads that stand in line as this account's, and that leave it when `signal` aborts. Throws the
 * faults of the work, `unavailable` when the line is full or the store does not answer within 10 s, and the reason
 * of the signal.
 */
export async function readForRequest<T>(
  { lines, indexer, slices }: StoreReadDeps,
  account: number,
  signal: AbortSignal,
  work: (reads: RequestReads) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const end = (reason: Error) => {
    ending.abort(reason);
    reject(reason);
  };
  const leave = () => end(new DOMException("nobody waits any more", "AbortError"));
  const timer = setTimeout(() => end(new Error("the store did not answer in time")), DEADLINE_MS);
  signal.addEventListener("abort", leave);
  if (signal.aborted) leave();
  const owner = { account, signal: ending.signal };
  const listing = lines.listing.of(owner);
  const searching = lines.searching.of(owner);
  const reads: RequestReads = {
    listing,
    forHistory: (filter) => ({
      readInBackground: isListing(filter) ? listing : searching,
      indexer,
      share: slices.of(account),
    }),
  };
  try {
    // The first to be settled: work may also wait for the indexer, which knows of no signal.
    return await Promise.race([ended, work(reads)]);
  } catch (cause) {
    if (cause instanceof ApiError || signal.aborted) throw cause;
    unread.count(errorFields(cause));
    throw unavailable(cause);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", leave);
  }
}
