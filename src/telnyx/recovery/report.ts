/** What a look for missed texts found, as the command prints it and the database keeps it. */

export type UnrecoveredReason = "expired" | "redacted" | "refused" | "unreadable" | "too_old";

/** A text of ours that Telnyx has, or had, but that cannot be fetched. */
export interface Unrecovered {
  readonly telnyx_id: string;
  readonly to: string;
  readonly from: string;
  /** ISO 8601; null when it is unknown. */
  readonly received_at: string | null;
  readonly reason: UnrecoveredReason;
}

/** `pages` counts those that were asked for, `listed` the entries that were looked at. */
interface ListCount {
  pages: number;
  listed: number;
}

/** `stored`, `unrouted` and `duplicate` count messages, one for each recipient; the others count texts. */
export interface Report {
  since: string;
  until: string;
  readonly deliveries: ListCount;
  readonly detail_records: ListCount;
  stored: number;
  unrouted: number;
  duplicate: number;
  ignored: number;
  unreadable: number;
  foreign: number;
  fetched: number;
  readonly unrecovered: Unrecovered[];
  /** A bound was reached, and Telnyx has more. */
  capped: boolean;
  /** Both lists were read to their end, and nothing of ours is missing. */
  complete: boolean;
  waited_ms: number;
}

export function emptyReport(since: number, until: number): Report {
  return {
    since: new Date(since).toISOString(),
    until: new Date(until).toISOString(),
    deliveries: { pages: 0, listed: 0 },
    detail_records: { pages: 0, listed: 0 },
    stored: 0,
    unrouted: 0,
    duplicate: 0,
    ignored: 0,
    unreadable: 0,
    foreign: 0,
    fetched: 0,
    unrecovered: [],
    capped: false,
    complete: false,
    waited_ms: 0,
  };
}
