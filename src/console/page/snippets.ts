/**
 * The stream that the page shows, as a few lines of another language: the same numbers, from the same position on. The
 * key is never in them: it is read from the environment variable INLET_KEY.
 */
import { goSnippet } from "./snippets/go.ts";
import { javascriptSnippet } from "./snippets/javascript.ts";
import { pythonSnippet } from "./snippets/python.ts";

export const LANGUAGES = ["inlet tail", "curl", "JavaScript", "Python", "Go"] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Followed {
  /** Where this page came from, without a slash at its end. */
  readonly base: string;
  /** The only number, or null for all. */
  readonly to: string | null;
  /** Behind which it goes on, or null for now. */
  readonly cursor: string | null;
  /** The server's. */
  readonly heartbeatMs: number;
}

/** Heartbeats that may be missed before a connection counts as dead. */
const SILENT_HEARTBEATS = 3;

export function snippet(language: Language, followed: Followed): string {
  const url = streamUrl(followed);
  const cursor = safeCursor(followed.cursor) ?? "";
  const silenceSeconds = Math.max(1, Math.round((SILENT_HEARTBEATS * followed.heartbeatMs) / 1000));
  switch (language) {
    case "inlet tail":
      return tailSnippet(followed);
    case "curl":
      return curlSnippet(url, cursor);
    case "JavaScript":
      return javascriptSnippet(url, cursor, silenceSeconds);
    case "Python":
      return pythonSnippet(url, cursor, silenceSeconds);
    case "Go":
      return goSnippet(url, cursor, silenceSeconds);
  }
}

/** What it does when the stream ends after some minutes, as it always does. */
export function snippetNote(language: Language): string {
  return language === "curl"
    ? "Ends with the stream, after five minutes at most. Give the last id you saw to go on without a hole."
    : "Comes back by itself when the stream ends, and goes on where it was.";
}

/** Nothing in it needs quoting in any of these: URLSearchParams leaves only letters, digits and `*-._%&=+`. */
function streamUrl({ base, to }: Followed): string {
  const query = to === null ? "" : `?${new URLSearchParams({ to })}`;
  return `${base}/api/v1/sms/stream${query}`;
}

/** What is not in the form of a cursor has no place between quotes. */
function safeCursor(cursor: string | null): string | null {
  return cursor !== null && /^[a-z0-9]{4,16}-\d{1,15}$/.test(cursor) ? cursor : null;
}

function tailSnippet({ base, to }: Followed): string {
  const only = to !== null && /^\+?\d+$/.test(to) ? ` --to ${to}` : "";
  return `inlet tail --url "${base}"${only}\n`;
}

function curlSnippet(url: string, cursor: string): string {
  const lines = [`curl -N "${url}"`, `  -H "Authorization: Bearer $INLET_KEY"`];
  if (cursor !== "") lines.push(`  -H "Last-Event-ID: ${cursor}"`);
  return `${lines.join(" \\\n")}\n`;
}
