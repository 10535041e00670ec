/** The executable beside a real sqld that is not there yet, is started again, or takes no writes. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { binary } from "../harness/binary.ts";
import { atTheEnd, emptyFolder, stopEverything } from "../harness/cleanup.ts";
import { bareEnv, inlet } from "../harness/cli.ts";
import { tenant, testService } from "../harness/service.ts";
import { connect } from "../harness/stream.ts";
import { sendWebhook, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";
import { prepareSqld, startSqld } from "./sqld.ts";

setDefaultTimeout(60_000);
afterAll(stopEverything);

const statusOf = async (url: string) => (await fetch(url).catch(() => null))?.status ?? 0;

async function serve(database: string, ...args: string[]) {
  const child = Bun.spawn([await binary(), "serve", ...args], {
    cwd: emptyFolder(),
    env: bareEnv({ DATABASE_URL: database, PORT: "0", LOG_FORMAT: "json" }),
    stdout: "pipe",
    stderr: "inherit",
  });
  atTheEnd(() => child.kill("SIGKILL"));
  let log = "";
  void (async () => {
    for await (const chunk of child.stdout) log += new TextDecoder().decode(chunk);
  })();
  const url = await until("it is alive", () => /"url":"([^"]+)"/.exec(log)?.[1]);
  return { child, url, log: () => log };
}

test("a server that is away at the start is waited for: alive, not ready, and then it serves", async () => {
  const sqld = await prepareSqld();
  const { child, url, log } = await serve(sqld.url);
  expect(await statusOf(`${url}/healthz`)).toBe(200);
  expect(await statusOf(`${url}/readyz`)).toBe(503);
  const webhook = await fetch(`${url}/webhooks/telnyx`, { method: "POST", body: "{}" });
  expect([webhook.status, webhook.headers.has("retry-after")]).toEqual([503, true]);
  expect(log()).toContain("the database is away and is waited for");
  expect(log()).toContain("its server cannot be reached (ECONNREFUSED)");
  await sqld.start();
  await until("it is ready", async () => (await statusOf(`${url}/readyz`)) === 200);
  child.kill("SIGTERM");
  expect(await child.exited).toBe(0);
});

for (const args of [[], ["--workers", "2"]]) {
  test(`who waits for a server ends when told so (serve ${args.join(" ")})`, async () => {
    const sqld = await prepareSqld();
    const { child } = await serve(sqld.url, ...args);
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
  });
}

test("what does not heal by itself is refused at once, and a command says what is wrong", async () => {
  const env = { DATABASE_URL: (await prepareSqld()).url };
  const { code, stderr } = await inlet(emptyFolder(), ["accounts", "list"], env);
  expect([code, stderr]).toEqual([1, expect.stringContaining("its server cannot be reached (ECONNREFUSED)")]);
  const refusing = Bun.serve({ port: 0, fetch: () => new Response("no", { status: 401 }) });
  atTheEnd(() => refusing.stop(true));
  const refused = await inlet(emptyFolder(), ["serve"], { DATABASE_URL: refusing.url.origin, PORT: "0" });
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("DATABASE_AUTH_TOKEN")]);
});

test("a server that is started again within a second costs no webhook its 200", async () => {
  const sqld = await startSqld();
  const service = await testService({ config: { database: { url: sqld.url, authToken: null } } });
  const owner = await tenant(service, "+14155559999");
  const client = await connect(service.url, owner);
  const send = async (text: string) =>
    (await sendWebhook(service.url, service.telnyx, smsEvent(owner.number, text))).status;
  expect(await send("before")).toBe(200);
  await sqld.kill();
  const during = [send("during 1"), send("during 2")];
  await sqld.start();
  expect(await Promise.all([...during, send("after")])).toEqual([200, 200, 200]);
  await client.messageCount(4);
  expect(client.bodies.toSorted()).toEqual(["after", "before", "during 1", "during 2"]);
});

test("where a server takes no writes, nothing is ready although nobody writes", async () => {
  const sqld = await startSqld();
  await inlet(emptyFolder(), ["database", "migrate"], { DATABASE_URL: sqld.url });
  await sqld.blockWrites(true);
  const service = await testService({ config: { database: { url: sqld.url, authToken: null } } });
  await until("it is known", async () => (await statusOf(`${service.url}/readyz`)) === 503);
  await sqld.blockWrites(false);
  await until("it is ready again", async () => (await statusOf(`${service.url}/readyz`)) === 200);
});
