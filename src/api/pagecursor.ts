/** Where a page of the history ended, for the client to go on from: opaque, of one order and one epoch. */
import type { Order } from "../messages/hits.ts";
import { type Cursor, formatCursor, parseCursor } from "../values/cursor.ts";

export interface PageCursor extends Cursor {
  readonly order: Order;
}

export function formatPageCursor({ order, epoch, seq }: PageCursor): string {
  return Buffer.from(`${order} ${formatCursor(epoch, seq)}`).toString("base64url");
}

/** Null when it is none of ours. */
export function parsePageCursor(text: string): PageCursor | null {
  const decoded = Buffer.from(text, "base64url").toString();
  const [, order, rest] = /^(asc|desc) (.+)$/.exec(decoded) ?? [];
  const cursor = parseCursor(rest ?? "");
  if (!cursor) return null;
  const page = { order: order as Order, ...cursor };
  // Nothing that decodes to the same: there is one way to write a cursor.
  return formatPageCursor(page) === text ? page : null;
}
