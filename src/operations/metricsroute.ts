/** `GET /metrics`: for whoever shows METRICS_TOKEN; without one there is no such address. */
import { createHash, timingSafeEqual } from "node:crypto";
import { ApiError } from "../errors.ts";
import type { AuthThrottle } from "../keys/throttle.ts";
import { CONTENT_TYPE, exposition, type Measured } from "./exposition.ts";

export interface MetricsRouteDeps {
  /** Null: nobody may read them. */
  readonly token: string | null;
  readonly authThrottle: AuthThrottle;
  /** What each process of this start says. */
  readonly collect: () => Promise<readonly Measured[]>;
}

/** Throws the faults `not_found` without a token, `unauthorized`, and `rate_limited` where too many have failed. */
export async function showMetrics(
  { token, authThrottle, collect }: MetricsRouteDeps,
  request: Request,
): Promise<Response> {
  if (token === null) throw new ApiError("not_found", "Not found.");
  const caller = authThrottle.admit(request);
  const shown = /^bearer +(\S{1,512}) *$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  if (shown === undefined || !isSame(shown, token)) {
    if (shown !== undefined) authThrottle.note(caller);
    throw new ApiError("unauthorized", "The metrics token is needed, as Authorization: Bearer TOKEN.");
  }
  const headers = { "content-type": CONTENT_TYPE, "cache-control": "no-store" };
  return new Response(exposition(await collect()), { headers });
}

/** Takes as long whatever they have in common. */
function isSame(shown: string, token: string): boolean {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(shown), hash(token));
}
