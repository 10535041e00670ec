/** A line of the log for each request, for whoever looks for one: at the level debug, and at no cost above it. */
import { isDebug, log } from "../log/log.ts";
import { requestFields } from "./requestid.ts";
import { pathOf } from "./url.ts";

/** The answer, as it was given. A stream is answered when it opens. */
export function logged(request: Request, answer: Response | Promise<Response>): Response | Promise<Response> {
  if (!isDebug()) return answer;
  const begunAt = performance.now();
  return Promise.resolve(answer).then((response) => {
    log.debug("request answered", {
      method: request.method,
      // Without its query, in which a ticket may stand.
      path: pathOf(request).slice(0, 200),
      status: response.status,
      ms: Math.round((performance.now() - begunAt) * 10) / 10,
      ...requestFields(request),
    });
    return response;
  });
}
