/** Whose trace something is a part of, as W3C Trace Context has it (https://www.w3.org/TR/trace-context/). */

export interface TraceContext {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** Of the span that something happens in: 16 of them. */
  readonly spanId: string;
  /** Whether whoever began the trace records it. */
  readonly isSampled: boolean;
}

/** A later version may have more behind the flags. Linear: each part is of a fixed length. */
const FORM = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-|$)/;

/** The `traceparent` of a request; null for none, or for what is none. */
export function parseTraceparent(text: string | null): TraceContext | null {
  const [, traceId = "", spanId = "", flags = "", rest = ""] = FORM.exec(text ?? "") ?? [];
  if (traceId === "" || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  if (rest === "-" && text?.startsWith("00")) return null;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** So many random bytes, in hexadecimal digits. */
export function randomHex(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("hex");
}
