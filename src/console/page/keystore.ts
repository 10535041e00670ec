/**
 * The key, kept in this tab alone: in its session storage, which ends with the tab, and never in a cookie, an address,
 * a log or the history.
 */

const NAME = "inlet.key";

/** What stands as `#key=…` in the address, where no server sees it; it is taken out at once. Null when nothing does. */
export function takeFromAddress(): string | null {
  const { hash, pathname, search } = location;
  const parts = new URLSearchParams(hash.slice(1));
  const given = parts.get("key");
  if (given === null) return null;
  parts.delete("key");
  history.replaceState(null, "", pathname + search + (parts.size > 0 ? `#${parts}` : ""));
  return given;
}

export function keptKey(): string | null {
  return sessionStorage.getItem(NAME);
}

export function keepKey(key: string): void {
  sessionStorage.setItem(NAME, key);
}

export function forgetKey(): void {
  sessionStorage.removeItem(NAME);
}
