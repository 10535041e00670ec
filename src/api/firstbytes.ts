/** The first bytes of a stream. */
import type { Principal } from "../keys/principal.ts";
import type { Hub } from "../stream/hub.ts";
import type { Streams } from "../stream/registry.ts";
import { clientId, connectedFrame, gapFrame, joinFrames } from "../stream/sse.ts";
import { formatCursor } from "../values/cursor.ts";
import type { StreamStart } from "./streamstart.ts";

interface FirstBytesDeps {
  readonly hub: Hub;
  readonly streams: Streams;
  readonly now: () => number;
  readonly random: () => number;
}

/** `connected`, and right behind it what is told of a cursor that could not be honoured. */
export function firstBytes(
  { hub, streams, now, random }: FirstBytesDeps,
  principal: Principal,
  start: StreamStart,
): Uint8Array {
  const timestamp = now();
  const connected = connectedFrame(
    formatCursor(hub.epoch, start.after),
    clientId(principal.account.id, timestamp, random),
    timestamp,
  );
  if (!start.gap) return connected;
  streams.stats.gaps.add(start.gap);
  const oldest = formatCursor(hub.epoch, start.gap === "expired" ? start.after : start.keptAfter);
  return joinFrames([connected, gapFrame(start.gap, oldest)]);
}
