/** `GET /api/v1/me`: whose key this is, and what it may. Any scope will do. */
import { answer } from "../http/respond.ts";
import { queryOf } from "../http/url.ts";
import type { Guard } from "../keys/authenticator.ts";

/** Throws the faults `unauthorized`, `rate_limited` and `unavailable`, and `validation_error` for a query that is too long. */
export async function showMe({ guard }: { readonly guard: Guard }, request: Request): Promise<Response> {
  const { keyId, name, account, teams, scopes } = await guard.authenticate(request, "any");
  queryOf(request);
  return answer({ data: { api_key_id: keyId, name, account, teams, scopes } });
}
