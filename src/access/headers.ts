/** What every answer carries, whatever it is: page, JSON, stream or error. */
import type { Cors } from "./cors.ts";

/** A year: browsers then ask for nothing of this host without encryption. */
const HSTS = "max-age=31536000";

const CONTENT_SECURITY_POLICY = "content-security-policy";

/** A ticket in an address must not leave by `Referer`, and nothing here is to be framed, sniffed or embedded. */
const HEADERS: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
  // Of requests with CORS, such as EventSource's, a browser does not ask this.
  "cross-origin-resource-policy": "same-origin",
};

/** For what is no page. A page brings its own. */
const NOTHING_ALLOWED = "default-src 'none'; frame-ancestors 'none'";

/** Adds the headers to an answer. Doing it twice is doing it once. */
export type Finish = (request: Request, response: Response) => Response;

/** The answers of this installation; `isEncrypted` where browsers reach it by HTTPS. */
export function answerHeaders(isEncrypted: boolean, cors: Cors | null): Finish {
  const headers = isEncrypted ? { ...HEADERS, "strict-transport-security": HSTS } : HEADERS;
  const entries = Object.entries(headers);
  return (request, response) => {
    const own = response.headers;
    for (const [name, value] of entries) own.set(name, value);
    if (!own.has(CONTENT_SECURITY_POLICY)) own.set(CONTENT_SECURITY_POLICY, NOTHING_ALLOWED);
    if (cors) for (const [name, value] of cors.headersFor(request)) own.set(name, value);
    return response;
  };
}
