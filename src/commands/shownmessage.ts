/** A stored message as the operator's commands print it: what everyone outside sees, whose it is, and where it stands. */
import type { Message, Show, StoredMessage } from "../message.ts";
import { formatCursor } from "../values/cursor.ts";
import { isoTime } from "./output.ts";

export interface ShownMessage extends Message {
  /** Null while it is unrouted. */
  readonly account_id: number | null;
  readonly cursor: string;
  readonly stored_at: string | null;
}

export function shownMessage(
  epoch: string,
  { seq, account_id, stored_at, message }: StoredMessage,
  show: Show,
): ShownMessage {
  return { ...show(message), account_id, cursor: formatCursor(epoch, seq), stored_at: isoTime(stored_at) };
}
