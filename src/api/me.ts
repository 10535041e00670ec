/** `GET /api/v1/me`: whose key this is, and what it may. Any scope will do. */
import { answer } from "../http/respond.ts";
import { queryOf } from "../http/url.ts";
import type { Authenticator } from "../keys/authenticator.ts";

/**
 * Throws the faults `unauthorized`, `rate_limited` and `unavailable`, and `validation_error` for a query that is too
 * long.
 */
export async function showMe(
  { authenticator }: { readonly authenticator: Authenticator },
  request: Request,
): Promise<Response> {
  const { keyId, name, account, teams, scopes } = await authenticator.authenticate(request, "any");
  queryOf(request);
  return answer({ data: { api_key_id: keyId, name, account, teams, scopes } });
}
