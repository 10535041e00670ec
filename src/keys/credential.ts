/** What a request shows of itself: a key in its header, or a ticket in its address. */
import { requestUrl } from "../http/url.ts";
import { isKey } from "./key.ts";
import { isTicket } from "./ticket.ts";

export interface Credential {
  /** As it came. */
  readonly secret: string;
  /** Null when it has the form of neither, and so needs no look into the database. */
  readonly kind: "key" | "ticket" | null;
}

/** RFC 6750, section 2.1; the scheme's name is case-insensitive (RFC 9110, section 11.1). Null without the header. */
export function shownKey({ headers }: Request): Credential | null {
  const header = headers.get("authorization");
  if (header === null) return null;
  const secret = /^Bearer +([^\s]+) *$/i.exec(header)?.[1] ?? "";
  return { secret, kind: isKey(secret) ? "key" : null };
}

/** Null without the parameter, and where it is empty. */
export function shownTicket(request: Request): Credential | null {
  const secret = requestUrl(request).searchParams.get("ticket");
  return secret ? { secret, kind: isTicket(secret) ? "ticket" : null } : null;
}
