/** Whose key it is: made once for as long as that stays the same. */
import { expect, test } from "bun:test";
import { showMe } from "../../src/api/me.ts";
import type { Principal } from "../../src/keys/principal.ts";

/** Of so many teams; counts how often they are looked through. */
function principalOf(count: number) {
  const seen = { times: 0 };
  const teams = Array.from({ length: count }, (_, i) => ({ id: 2 + i, name: `team ${i}` }));
  const toJSON = () => {
    seen.times++;
    return [...teams];
  };
  const listed = Object.assign([...teams], { toJSON });
  const account = { id: 1, kind: "user", name: "owner" };
  return { seen, principal: { keyId: 7, name: "key", account, teams: listed, scopes: ["sms:read"] } };
}

function ask(principal: unknown): Promise<Response> {
  const authenticator = { authenticate: () => Promise.resolve(principal as Principal) };
  return showMe({ authenticator }, new Request("http://inlet.example/v1/me"));
}

for (const count of [0, 3, 5_000]) {
  test(`an account in ${count} teams: each gets all of it, and it is encoded once`, async () => {
    const { principal, seen } = principalOf(count);
    for (let i = 0; i < 3; i++) {
      const answer = await ask(principal);
      expect(answer.headers.get("content-type")).toBe("application/json;charset=utf-8");
      expect(answer.headers.get("cache-control")).toBe("no-store");
      const { data } = (await answer.json()) as { data: { teams: unknown[]; api_key_id: number } };
      expect([data.api_key_id, data.teams.length]).toEqual([7, count]);
    }
    expect(seen.times).toBe(1);
    const other = principalOf(count + 1);
    const { data } = (await (await ask(other.principal)).json()) as { data: { teams: unknown[] } };
    expect(data.teams.length).toBe(count + 1);
  });
}
