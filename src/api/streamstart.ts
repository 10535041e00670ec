/** Where a stream starts, and whether what is stored comes first. */

import type { Installation } from "../database/installation.ts";
import type { Read } from "../database/result.ts";
import { parseCursor } from "../values/cursor.ts";
import { type Start, startOfCursor, startOfSince } from "./readerstart.ts";
import type { StreamRequest } from "./streamrequest.ts";

export interface StreamStart extends Start {
  /** Whether stored messages may come first, and so `caught_up` behind them. */
  readonly replays: boolean;
}

export async function streamStart(
  read: Read,
  { cursor, since }: StreamRequest,
  installation: Installation,
): Promise<StreamStart> {
  if (cursor !== null) {
    const start = startOfCursor(parseCursor(cursor), installation);
    return { ...start, replays: start.gap === null || start.gap === "expired" };
  }
  if (since === null) return { after: installation.position, gap: null, replays: false };
  return { after: await startOfSince(read, since, installation), gap: null, replays: true };
}
