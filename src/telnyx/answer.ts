/** What is read of an answer before anybody believes it. */

/** Null for what is no JSON, or JSON that is no object. */
export function parsedObject(text: string): object | null {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null && !Array.isArray(json) ? json : null;
  } catch {
    return null;
  }
}

/** What a `Date` header said, and when here the request was sent and answered: all in ms since 1970. */
export interface TelnyxClock {
  readonly date: number;
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** Null where the header is no time. */
export function clockOf(headers: Headers, sentAt: number, answeredAt: number): TelnyxClock | null {
  const date = Date.parse(headers.get("date") ?? "");
  return Number.isNaN(date) ? null : { date, sentAt, answeredAt };
}

/** A text without blanks around it; null for an empty one, and for what is none. */
export function textOf(value: unknown): string | null {
  return typeof value === "string" ? value.trim() || null : null;
}
