/** A ring as it goes over the wire: two numbers, and who rings. What comes from there may be anything. */
import { type Ring, UNKNOWN } from "./bell.ts";

/** Longer ones are none of ours. */
const MAX_LENGTH = 200;

/** Where those of one installation ring. */
export function ringSubject(epoch: string): string {
  return `inlet.${epoch}`;
}

export function writeRing({ position, directory }: Ring, from: string): string {
  return `${position} ${directory} ${from}`;
}

/** Nonsense is a reason to look, too. Its cost is that of its length, which is bounded. */
export function parseRing(text: string): { readonly what: Ring; readonly from: string } {
  const [, position, directory, from = ""] =
    /^(\d{1,15}|Infinity) (\d{1,15}|Infinity) ([\w-]{1,64})$/.exec(text.slice(0, MAX_LENGTH)) ?? [];
  if (position === undefined || directory === undefined) return { what: UNKNOWN, from: "" };
  return { what: { position: Number(position), directory: Number(directory) }, from };
}
