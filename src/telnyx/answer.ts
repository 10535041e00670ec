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

/** A header as ms since 1970; null where it is no time. */
export function parsedDate(header: string | null): number | null {
  const ms = header === null ? Number.NaN : Date.parse(header);
  return Number.isNaN(ms) ? null : ms;
}

/** A text without blanks around it; null for an empty one, and for what is none. */
export function textOf(value: unknown): string | null {
  return typeof value === "string" ? value.trim() || null : null;
}
