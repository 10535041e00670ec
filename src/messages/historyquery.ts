/** What is asked of a history, and what it answers. */
import type { Read } from "../database/result.ts";
import type { StoredMessage } from "../message.ts";
import type { Share } from "../platform/slices.ts";
import type { Indexer } from "../search/indexer.ts";
import type { Search } from "../search/query.ts";
import type { Order } from "./hits.ts";
import type { Filter } from "./visibility.ts";

export interface HistoryFilter extends Filter {
  readonly from: string | null;
  readonly search: Search | null;
}

export interface HistoryQuery {
  readonly filter: HistoryFilter;
  readonly order: Order;
  /** Only what comes after this seq … */
  readonly after: number;
  /** … and before this one. */
  readonly before: number;
  readonly limit: number;
}

export interface HistoryPage {
  /** In the order that was asked for. */
  readonly messages: readonly StoredMessage[];
  /** The seq up to which was looked, itself included when it is a message's; null when nothing is left. */
  readonly next: number | null;
  /** The page holds nothing that was stored later, and leaves out nothing that was stored before. */
  readonly position: number;
}

export interface HistoryDeps {
  readonly readInBackground: Read;
  readonly indexer: Indexer;
  /** For looking through texts. */
  readonly share: Share;
}

/** What comes after any position. */
export const BEYOND = Number.MAX_SAFE_INTEGER;
