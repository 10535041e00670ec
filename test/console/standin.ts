/** Answers for the history's routes until the service has them. */
import type { Page } from "playwright-core";
import { listMessages } from "../../src/messages/list.ts";
import type { Service } from "../../src/service.ts";
import { type TestService, type TestServiceOptions, testService } from "../harness/service.ts";

const backing: { service: Service | null; scopes: string[] } = { service: null, scopes: [] };
export async function standIn(page: Page): Promise<void> {
  const json = (data: unknown, status = 200) => ({
    status,
    contentType: "application/json",
    body: JSON.stringify(data),
  });
  const auth = async (route: import("playwright-core").Route) => {
    const s = backing.service;
    if (!s) {
      await route.continue();
      return null;
    }
    const r = await fetch(`${s.url}/api/v1/sms/stream`, {
      method: "HEAD",
      headers: { authorization: (await route.request().headerValue("authorization")) ?? "" },
    }).catch(() => null);
    if (!r) {
      await route.abort();
      return null;
    }
    if (r.status === 401) {
      await route.fulfill(json({ error: { code: "unauthorized", message: "no" } }, 401));
      return null;
    }
    return s;
  };
  await page.route("**/api/v1/me", async (r) => {
    if (await auth(r))
      await r.fulfill(
        json({
          data: {
            api_key_id: 1,
            name: "test",
            account: { id: 1, kind: "user", name: "owner of +14155559999" },
            teams: [],
            scopes: ["sms:read"],
          },
        }),
      );
  });
  await page.route("**/api/v1/phone-numbers*", async (r) => {
    if (await auth(r))
      await r.fulfill(
        json(
          { error: { code: "forbidden", message: "This API key lacks the scope phone_numbers:read." } },
          403,
        ),
      );
  });
  await page.route("**/api/v1/sms/messages*", async (r) => {
    const s = await auth(r);
    if (!s) return;
    const u = new URL(r.request().url()).searchParams;
    const inst = await s.database.installation();
    const all = (
      await listMessages(
        s.database.read,
        { accountId: null, unrouted: false, storedSince: null, limit: 10000 },
        inst.position,
      )
    ).filter((m) => m.account_id !== null);
    const q = u.get("q")?.toLowerCase(),
      to = u.get("to"),
      cursor = u.get("cursor");
    const d = all
      .toSorted((a, b) => b.seq - a.seq)
      .filter(
        (m) =>
          (!q || m.message.body.toLowerCase().includes(q)) &&
          (!to || m.message.to === to) &&
          (!cursor || m.seq < Number(cursor)),
      );
    const pageOf = d.slice(0, Number(u.get("limit")));
    await r.fulfill(
      json({
        data: pageOf.map((m) => m.message),
        meta: {
          cursor: d.length > pageOf.length ? String(pageOf.at(-1)?.seq) : null,
          page_size: 100,
          position: `${inst.epoch}-${inst.position}`,
        },
      }),
    );
  });
}

export async function served(options: TestServiceOptions = {}): Promise<TestService> {
  const service = await testService(options);
  backing.service = service;
  return service;
}
