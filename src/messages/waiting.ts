/** A message that waits for the next commit: as what is inserted, and who is told of it. */
import type { InboundMessage, Message } from "../message.ts";
import type { Outcome } from "./insert.ts";
import { markKept, pictureRows } from "./pictures.ts";
import { toInsertRow } from "./row.ts";

export interface Waiting {
  /** By the monotonic clock, in ms. */
  readonly cameAt: number;
  readonly message: Message;
  readonly row: string;
  /** One for each of its pictures that is to be kept. */
  readonly pictures: readonly string[];
  /** Of all rows. */
  readonly bytes: number;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/** The promise is kept by `resolve` and `reject`. */
export function toWaiting(
  given: InboundMessage,
  keepsPictures: boolean,
): { readonly promise: Promise<Outcome>; readonly waiting: Waiting } {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  const inbound = keepsPictures ? markKept(given) : given;
  const row = toInsertRow(inbound);
  const pictures = pictureRows(inbound);
  const bytes = pictures.reduce((sum, each) => sum + Buffer.byteLength(each), Buffer.byteLength(row));
  const cameAt = performance.now();
  return { promise, waiting: { cameAt, message: inbound.message, row, pictures, bytes, resolve, reject } };
}
