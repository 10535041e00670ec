/** What the server's words mean, for people. */

/** For `gap`. */
export function gapSentence(reason: unknown): string {
  switch (reason) {
    case "unknown_cursor":
      return "gap: the server does not know the position to go on from, which is another database's; going on from now, and what came before may be missing";
    case "ahead":
      return "gap: the server's database never came to the position to go on from, so it may be an older copy; going on from now, and what came before may be missing";
    case "expired":
      return "gap: the server no longer keeps everything after the position to go on from; what it keeps follows, and older messages are missing";
    default:
      return `gap: messages may be missing (${String(reason).slice(0, 100)})`;
  }
}

/** For the reasons of `closing` after which there is no way back. */
export function closingReason(reason: string): string | null {
  if (reason === "revoked") return "the key was revoked";
  return reason === "expired" ? "the key has expired" : null;
}
