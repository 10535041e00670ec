/** What is known of the stream at a moment, and how it is said to a person. */

export type Connection =
  | { readonly kind: "connecting" }
  | { readonly kind: "catching_up" }
  | { readonly kind: "live" }
  /** The server ends each stream after some minutes; nothing is missed, and nothing need be said. */
  | { readonly kind: "renewing" }
  /** `retryAt` is null while it is being tried. */
  | { readonly kind: "reconnecting"; readonly why: string; readonly retryAt: number | null }
  | { readonly kind: "ended"; readonly reason: EndReason | "failed"; readonly message: string };

export type EndReason = "revoked" | "expired" | "unauthorized" | "forbidden";

export interface Gap {
  readonly reason: "unknown_cursor" | "ahead" | "expired";
}

export function connectionLabel({ kind }: Connection): string {
  switch (kind) {
    case "connecting":
      return "Connecting";
    case "catching_up":
      return "Catching up";
    case "live":
    case "renewing":
      return "Live";
    case "reconnecting":
      return "Reconnecting";
    case "ended":
      return "Ended";
  }
}

/** A sentence for the wait, or an empty text. How a stream ended is said where another key is asked for. */
export function connectionDetail(connection: Connection, now: number): string {
  if (connection.kind !== "reconnecting") return "";
  const { why, retryAt } = connection;
  if (retryAt === null) return `${why} Trying again now.`;
  return `${why} Trying again in ${Math.max(1, Math.ceil((retryAt - now) / 1000))} s.`;
}

export function gapSentence({ reason }: Gap): string {
  switch (reason) {
    case "expired":
      return "Some messages are missing here: they were older than the server keeps. What it still has follows.";
    case "ahead":
      return "The server's database is older than what was shown here, such as after a restored backup. The list was loaded again.";
    case "unknown_cursor":
      return "The server could not continue where this page was, because its database is another one. The list was loaded again.";
  }
}

export function endSentence(reason: EndReason): string {
  switch (reason) {
    case "revoked":
      return "This key was revoked, and the stream has ended.";
    case "expired":
      return "This key has expired, and the stream has ended.";
    case "unauthorized":
      return "The server does not know this key: it may be mistyped, revoked or expired.";
    case "forbidden":
      return "This key may not read messages.";
  }
}
