/**
 * The key, kept in this tab alone: in its session storage, which ends with the tab, and never in a cookie, an address,
 * a log or the history.
 */
import { parseKey } from "./key.ts";

const NAME = "inlet.key";

/** From the part behind `#`, which no server sees, and which is taken out of the address at once; or as kept. */
export function currentKey(): string | null {
  const { hash, pathname, search } = location;
  const given = new URLSearchParams(hash.slice(1)).get("key");
  if (given !== null) history.replaceState(null, "", pathname + search);
  const key = given === null ? null : parseKey(given);
  if (key) keepKey(key);
  return key ?? sessionStorage.getItem(NAME);
}

export function keepKey(key: string): void {
  sessionStorage.setItem(NAME, key);
}

export function forgetKey(): void {
  sessionStorage.removeItem(NAME);
}
