/** The headers of every answer, be it a page, JSON, a stream or an error. */
import type { Cors } from "./cors.ts";
import { requestIdOf } from "./requestid.ts";

/** For a year, browsers then use only HTTPS for this host. */
const HSTS = "max-age=31536000";

const REQUEST_ID = "x-request-id";
const CONTENT_SECURITY_POLICY = "content-security-policy";

/** A ticket in an address must not leave by `Referer`, and nothing here is to be framed, sniffed or embedded. */
const HEADERS: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
  // Browsers ignore this for requests with CORS, such as EventSource's.
  "cross-origin-resource-policy": "same-origin",
};

/** For answers that are not pages. A page has a policy of its own. */
const NOTHING_ALLOWED = "default-src 'none'; frame-ancestors 'none'";

export interface AnswerHeaders {
  /** The headers that the answer to this request needs besides its own. */
  readonly of: (request: Request) => Readonly<Record<string, string>>;
  /** Adds them to an answer. To do so twice changes nothing. */
  readonly addTo: (response: Response, request: Request) => Response;
}

/** The headers for this installation; `isEncrypted` when browsers reach it by HTTPS. */
export function answerHeaders(isEncrypted: boolean, cors: Cors | null): AnswerHeaders {
  const always = {
    ...HEADERS,
    ...(isEncrypted ? { "strict-transport-security": HSTS } : {}),
    [CONTENT_SECURITY_POLICY]: NOTHING_ALLOWED,
  };
  const fixed = Object.entries(always);
  return {
    of: (request) => ({ ...always, [REQUEST_ID]: requestIdOf(request), ...cors?.headersFor(request) }),
    addTo: (response, request) => {
      const { headers } = response;
      for (const [name, value] of fixed)
        if (name !== CONTENT_SECURITY_POLICY || !headers.has(name)) headers.set(name, value);
      headers.set(REQUEST_ID, requestIdOf(request));
      if (cors)
        for (const [name, value] of Object.entries(cors.headersFor(request))) headers.set(name, value);
      return response;
    },
  };
}
