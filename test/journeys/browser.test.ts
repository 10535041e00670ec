/** A browser's own EventSource, on a page of another origin, with nothing but the address of a ticket. */
import { afterEach, expect, setDefaultTimeout } from "bun:test";
import type { Page } from "playwright-core";
import { browserTest, closePages, newContext, newPage } from "../harness/browser.ts";
import { selfSigned } from "../harness/certificate.ts";
import { atTheEnd } from "../harness/cleanup.ts";
import { inletJson } from "../harness/cli.ts";
import { addTenant, type Server, startServer } from "../harness/server.ts";
import { signedHeaders, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(90_000);
afterEach(() => closePages());

/** Keeps all that its stream says, by name and id. */
const PAGE = `<!doctype html><title>another origin</title><script>
  const seen = [];
  let source;
  function follow(url) {
    source = new EventSource(url);
    for (const name of ["connected", "sms_received", "caught_up", "gap", "closing"])
      source.addEventListener(name, (e) => seen.push({ name, id: e.lastEventId, data: JSON.parse(e.data) }));
  }
</script>`;

interface Seen {
  readonly name: string;
  readonly id: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A site that has nothing to do with Inlet; its origin. */
function otherSite(): string {
  const site = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Response(PAGE, { headers: { "content-type": "text/html" } }),
  });
  atTheEnd(() => site.stop(true));
  return `http://localhost:${site.port}`;
}

/** What waits for a page that comes back. */
const TEXTS_WHILE_AWAY = 20;
const insecure = { tls: { rejectUnauthorized: false } };

async function ticketUrl({ url }: Server, key: string): Promise<string> {
  const headers = { authorization: `Bearer ${key}` };
  const response = await fetch(`${url}/api/v1/sms/stream/tickets`, { method: "POST", headers, ...insecure });
  return url + ((await response.json()) as { data: { url: string } }).data.url;
}

async function send({ url, telnyx }: Server, number: string, text: string): Promise<void> {
  const body = JSON.stringify(smsEvent(number, text));
  const headers = signedHeaders(telnyx, body);
  const response = await fetch(`${url}/webhooks/telnyx`, { method: "POST", headers, body, ...insecure });
  expect(response.status).toBe(200);
}

const follow = (page: Page, url: string) => page.evaluate(`follow(${JSON.stringify(url)})`);
const seenBy = (page: Page) => page.evaluate("seen") as Promise<Seen[]>;
const readyState = (page: Page) => page.evaluate("source.readyState") as Promise<number>;
const named = (seen: readonly Seen[], name: string) => seen.filter((event) => event.name === name);
const bodies = (seen: readonly Seen[]) => named(seen, "sms_received").map(({ data }) => data.body);

browserTest(
  "it comes back by itself over the ends of streams, with its last id, and sees each text once",
  async () => {
    const origin = otherSite();
    const env = { CORS_ORIGINS: origin, STREAM_MAX_SECONDS: "0.7", LOG_LEVEL: "debug" };
    const server = await startServer({ env });
    const { number, key } = await addTenant(server.folder, "+14155551301");
    const page = await newPage();
    await page.goto(origin);
    await follow(page, await ticketUrl(server, key));
    await until("connected", async () => named(await seenBy(page), "connected").length === 1);

    const sent: string[] = [];
    const say = async () => {
      const text = `text ${sent.length} 📨`;
      sent.push(text);
      await send(server, number, text);
      const isThere = `source.readyState !== 1 || seen.some(({ data }) => data.body === ${JSON.stringify(text)})`;
      await page.waitForFunction(isThere);
    };
    for (let ends = 0; ends < 3; ends++) {
      while ((await readyState(page)) === 1) await say();
      for (let i = 0; i < TEXTS_WHILE_AWAY; i++) await say();
      await page.waitForFunction("source.readyState === 1");
    }
    await until("the last text", async () => bodies(await seenBy(page)).at(-1) === sent.at(-1));
    const seen = await seenBy(page);
    expect(bodies(seen)).toEqual(sent);
    // Each stream but the first went on from where the one before it ended.
    for (const [at, event] of seen.entries()) {
      if (event.name === "connected" && at > 0) expect(event.id).toBe(seen[at - 1]?.id ?? "");
    }
    expect(named(seen, "caught_up").length).toBeGreaterThanOrEqual(3);
    expect(named(seen, "gap")).toEqual([]);
    expect(new Set(named(seen, "closing").map(({ data }) => data.reason))).toEqual(new Set(["max_duration"]));

    expect(server.log()).not.toContain("ticket_");
    await server.stop();
  },
);

browserTest("a page of an origin that is not in CORS_ORIGINS sees nothing", async () => {
  const server = await startServer({ env: { CORS_ORIGINS: "https://app.example.com" } });
  const { key } = await addTenant(server.folder, "+14155551302");
  const page = await newPage();
  await page.goto(otherSite());
  await follow(page, await ticketUrl(server, key));
  await until("it has given up", async () => (await readyState(page)) === 2);
  expect(await seenBy(page)).toEqual([]);
  await server.stop();
});

browserTest("a page reads its key's errors by fetch, through a preflight", async () => {
  const origin = otherSite();
  const server = await startServer({ env: { CORS_ORIGINS: origin, MAX_STREAMS_PER_KEY: "1" } });
  const { key } = await addTenant(server.folder, "+14155551303");
  const page = await newPage();
  await page.goto(origin);
  const ask = (url: string, method: string) => {
    const options = { method, headers: { authorization: `Bearer ${key}`, "last-event-id": "" } };
    return page.evaluate(`fetch(${JSON.stringify(url)}, ${JSON.stringify(options)}).then(async (response) => ({
      status: response.status,
      retryAfter: response.headers.get("retry-after"),
      error: response.ok ? null : (await response.json()).error.code,
    }))`);
  };
  const stream = `${server.url}/api/v1/sms/stream`;
  expect(await ask(`${stream}/tickets`, "POST")).toMatchObject({ status: 201 });
  expect(await ask(stream, "GET")).toMatchObject({ status: 200 });
  expect(await ask(stream, "GET")).toEqual({ status: 429, retryAfter: "10", error: "rate_limited" });
  await server.stop();
});

browserTest("eight tabs have eight streams over HTTP/2, which end for good with their key", async () => {
  const origin = otherSite();
  const server = await startServer({ env: { CORS_ORIGINS: origin, ...selfSigned().env } });
  const { key, keyId, number } = await addTenant(server.folder, "+14155551304");
  const url = await ticketUrl(server, key);
  const context = await newContext({ ignoreHTTPSErrors: true });
  const tabs = await Promise.all(Array.from({ length: 8 }, () => context.newPage()));
  await Promise.all(
    tabs.map(async (tab) => {
      await tab.goto(origin);
      await follow(tab, url);
    }),
  );
  for (const tab of tabs)
    await until("connected", async () => named(await seenBy(tab), "connected").length === 1);
  await send(server, number, "for eight");
  for (const tab of tabs)
    await until("the text", async () => bodies(await seenBy(tab)).includes("for eight"));
  await inletJson(server.folder, ["keys", "revoke", String(keyId)]);
  for (const tab of tabs) {
    await until("it has given up", async () => (await readyState(tab)) === 2);
    expect(named(await seenBy(tab), "closing").at(-1)?.data.reason).toBe("revoked");
  }
  await server.stop();
});
