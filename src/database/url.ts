/** What a DATABASE_URL may be, and where its file lies. */
import { resolve } from "node:path";

const FORMS = "file:PATH, libsql://HOST, https://HOST or http://HOST";

/** Names a database. */
export interface DatabaseConfig {
  readonly url: string;
  readonly authToken: string | null;
  /** The text ` through the proxy …`, if requests to it go through one. */
  readonly through?: string;
  /** The file that it must be (a `fileId`), if one was opened before; otherwise any file at that path. */
  readonly file?: string | undefined;
}

/** What is wrong with a DATABASE_URL; null for a valid one. */
export function databaseUrlFault(url: string): string | null {
  if (url.startsWith("file:")) {
    if (/[?#]/.test(url)) return "a file: URL takes no ? or #";
    if (/^file:\/\/(?!(localhost)?\/)/.test(url))
      return "a file: URL names no host: file:PATH or file:///PATH";
    const path = databasePath(url);
    if (path === null || path === "" || path.endsWith("/") || path.includes("\0")) {
      return "it names no file: file:PATH or file:///PATH";
    }
    if (path.includes(":memory:"))
      return "a database in memory would lose what was acknowledged; name a file";
    return null;
  }
  if (!/^(libsql|https?):\/\//.test(url) || !URL.canParse(url) || !new URL(url).hostname) {
    return `it may be ${FORMS}`;
  }
  return null;
}

/** The path of a `file:` URL; null for a remote database, or when its percent-encoding is broken. */
export function databasePath(url: string): string | null {
  if (!url.startsWith("file:")) return null;
  try {
    return decodeURIComponent(url.slice("file:".length).replace(/^\/\/(localhost)?(?=\/)/, ""));
  } catch {
    return null;
  }
}

/** The URL with an absolute path, which names the same place when the working directory is moved or mounted over. */
export function absoluteUrl(url: string): string {
  const path = databasePath(url);
  return path === null ? url : `file:${encodeURI(resolve(path)).replace(/[?#]/g, encodeURIComponent)}`;
}

/** A URL without what a log must not show: credentials and query. */
export function redactedUrl(url: string): string {
  if (url.startsWith("file:")) return url;
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === "/" ? "" : pathname}`;
}
