/** The `Range` header of RFC 9110, section 14: one part of a file, as downloads are gone on with and videos are watched. */

/** Bytes from `start` on, without that at `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** No file has a size of more digits. */
const ONE_RANGE = /^\s*bytes\s*=\s*([0-9]{0,12})-([0-9]{0,12})\s*$/i;

/** Null for the whole: where nothing is asked for, several parts at once, or what is no range. */
export function readRange(header: string | null, size: number): ByteRange | "unsatisfiable" | null {
  const [, first, last] = ONE_RANGE.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return null;
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { start: size - length, end: size };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return null;
  if (start >= size) return "unsatisfiable";
  return { start, end: last === "" ? size : Math.min(Number(last) + 1, size) };
}
