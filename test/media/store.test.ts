/** Pictures are kept, shown to those who may see their message, and gone with it. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Config, readConfig } from "../../src/config/config.ts";
import { deleteAccount } from "../../src/directory/accounts.ts";
import { removeNumber } from "../../src/directory/numbers.ts";
import type { MediaOptions } from "../../src/media/room.ts";
import { claimMessages } from "../../src/messages/claim.ts";
import { deleteMessage } from "../../src/messages/delete.ts";
import { eraseSender } from "../../src/messages/erase.ts";
import { api } from "../harness/api.ts";
import { emptyFolder } from "../harness/cleanup.ts";
import { tenant, testService } from "../harness/service.ts";
import { connect } from "../harness/stream.ts";
import { deliver } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";
import { API_KEY, mmsEvent, PictureHost, PNG } from "./pictures.ts";

setDefaultTimeout(60_000);
const NUMBER = "+14155550001";
const SHA256 = createHash("sha256").update(PNG).digest("hex");

async function started(
  options: MediaOptions = {},
  config: Partial<Config> = {},
  host = new PictureHost(),
  folder = emptyFolder(),
) {
  const { media } = readConfig({ MEDIA: "store", MEDIA_MAX_BYTES: "1000000", TELNYX_BASE_URL: host.baseUrl });
  const telnyxApi = { apiKey: API_KEY, baseUrl: host.baseUrl, through: "" };
  const service = await testService({
    folder,
    config: { media, telnyxApi, backfillMs: 0, ...config },
    media: { hasRoom: async () => true, ...options },
  });
  return { host, folder, service, files: join(folder, "inlet.db.media") };
}

type Medium = Record<string, string | number>;

async function sent(
  { host, service }: Awaited<ReturnType<typeof started>>,
  links: readonly (string | Record<string, unknown>)[],
  to = NUMBER,
): Promise<string> {
  const full = links.map((link) =>
    typeof link === "string" && link.startsWith("/") ? host.url + link : link,
  );
  expect(await deliver(service.url, service.telnyx, mmsEvent(to, full))).toMatch(/stored|unrouted/);
  const { rows } = await service.database.read("SELECT message_id FROM messages ORDER BY seq DESC LIMIT 1");
  return String(rows[0]?.message_id);
}

async function mediaOf(url: string, key: string, id: string): Promise<Medium[]> {
  const { data } = await api(url, key, `/sms/messages/${id}`);
  return (data.media ?? []) as Medium[];
}

async function settled(url: string, key: string, id: string): Promise<Medium[]> {
  return until(
    "the pictures have an end",
    async () => {
      const media = await mediaOf(url, key, id);
      return media.length > 0 && media.every(({ status }) => status !== "pending") ? media : null;
    },
    20_000,
  );
}

test("a picture is kept as it came, and its address is ours from the first event on", async () => {
  const world = await started({}, { publicUrl: "https://sms.example.com" });
  const { service, host, files } = world;
  const owner = await tenant(service, NUMBER);
  const other = await tenant(service, "+14155550002");
  const live = await connect(service.url, { key: owner.key });
  const id = await sent(world, [
    { url: `${host.url}/ok/1`, content_type: "image/jpeg", size: 7, sha256: SHA256 },
  ]);
  await live.messageCount(1);
  const path = `/sms/messages/${id}/media/0`;
  const url = `https://sms.example.com/api/v1${path}`;
  const source_url = `${host.url}/ok/1`;
  expect(live.messages[0]?.media).toEqual([{ url, content_type: "image/jpeg", size: 7, source_url }]);
  const described = { url, content_type: "image/png", size: PNG.length, source_url, status: "stored" };
  expect(await settled(service.url, owner.key, id)).toEqual([described]);
  const page = await api(service.url, owner.key, "/sms/messages");
  expect(page.data[0]?.media).toEqual([described]);
  const replayed = await connect(service.url, { key: owner.key, query: "?since=all" });
  await replayed.messageCount(1);
  expect(replayed.messages).toEqual(live.messages);

  const ask = (headers: Record<string, string> = {}, method = "GET", of = path) =>
    fetch(`${service.url}/api/v1${of}`, {
      method,
      headers: { authorization: `Bearer ${owner.key}`, ...headers },
    });
  const whole = await ask();
  expect(whole.status).toBe(200);
  expect(Buffer.from(await whole.arrayBuffer())).toEqual(PNG);
  expect(Object.fromEntries(whole.headers)).toMatchObject({
    "content-type": "image/png",
    "content-length": String(PNG.length),
    etag: `"${SHA256}"`,
    "cache-control": expect.stringContaining("private"),
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "content-disposition": "inline",
    "accept-ranges": "bytes",
  });
  const head = await ask({}, "HEAD");
  expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([
    200,
    String(PNG.length),
    "",
  ]);
  expect((await ask({ "if-none-match": `W/"x", "${SHA256}"` })).status).toBe(304);
  const part = await ask({ range: "bytes=1-3" });
  expect([part.status, part.headers.get("content-range"), await part.text()]).toEqual([
    206,
    `bytes 1-3/${PNG.length}`,
    "PNG",
  ]);
  expect((await ask({ range: "bytes=1-3", "if-range": '"old"' })).status).toBe(200);
  expect((await ask({ range: `bytes=${PNG.length}-` })).status).toBe(416);

  for (const nothing of ["/media/1", "/media/x", "/media/00000001", "/media/-1"])
    expect((await api(service.url, owner.key, `/sms/messages/${id}${nothing}`)).status, nothing).toBe(404);
  expect((await api(service.url, other.key, path)).status).toBe(404);
  expect((await api(service.url, null, path)).status).toBe(401);
  const { data } = await api(service.url, owner.key, "/sms/stream/tickets", { method: "POST" });
  expect((await fetch(`${service.url}/api/v1${path}?ticket=${data.ticket}`)).status).toBe(401);
  expect(statSync(files).mode & 0o777).toBe(0o700);
  expect(readdirSync(files)).toEqual([`${id}-0`]);
  expect(statSync(join(files, `${id}-0`)).mode & 0o777).toBe(0o600);
});

test("the key is shown only where it is wanted, and SMIL is dropped", async () => {
  const world = await started();
  const owner = await tenant(world.service, NUMBER);
  const smil = { url: `${world.host.url}/ok/smil`, content_type: "application/smil" };
  const id = await sent(world, ["/key/1", smil, "/ok/2", "/packed/3"]);
  const media = await settled(world.service.url, owner.key, id);
  expect(media.map(({ status, url }) => [status, String(url).at(-1)])).toEqual([
    ["stored", "0"],
    ["stored", "2"],
    ["stored", "3"],
  ]);
  const shown = world.host.asked.filter(({ authorization }) => authorization !== null);
  expect(shown.map(({ path }) => path)).toEqual(["/key/1"]);
  expect(world.host.askedFor("/key/1")).toBe(2);
  expect(world.host.askedFor("/ok/smil")).toBe(0);
});

test("what cannot be kept says why, once, and the message is unharmed", async () => {
  const world = await started({
    resolve: async (host) => (host === "media.telnyx.com" ? ["8.8.8.8", "10.0.0.1"] : ["127.0.0.1"]),
  });
  const { service, host } = world;
  const owner = await tenant(service, NUMBER);
  const to = (link: string) => `/to/${encodeURIComponent(link)}`;
  const wanted: [link: string | Record<string, unknown>, reason: string][] = [
    ["http://127.0.0.1:1/a", "private_address"],
    ["https://2130706433/a", "private_address"],
    ["https://0x7f.1/", "private_address"],
    ["https://[::ffff:10.0.0.1]/", "private_address"],
    ["https://localhost./", "private_address"],
    ["https://media.telnyx.com/resolves-privately", "private_address"],
    ["https://media.telnyx.com./resolves-privately", "private_address"],
    ["https://user@media.telnyx.com/", "bad_url"],
    ["https:\\\\media.telnyx.com\\a", "bad_url"],
    ["https://media.telnyx.com:8443/", "bad_url"],
    ["http://media.telnyx.com/", "bad_url"],
    ["ftp://media.telnyx.com/", "bad_url"],
    ["no link", "bad_url"],
    ["https://evil.example.com/", "host_not_allowed"],
    ["https://media.telnyx.com.evil.example.com/", "host_not_allowed"],
    ["https://eviltelnyx.com/", "host_not_allowed"],
    [to("http://169.254.169.254/latest/meta-data"), "private_address"],
    [to("https://media.telnyx.com/a"), "private_address"],
    [to("https://evil.example.com/"), "host_not_allowed"],
    [to("file:///etc/passwd"), "bad_url"],
    ["/loop/1", "too_many_redirects"],
    ["/huge/1", "too_large"],
    ["/bomb/1", "too_large"],
    ["/endless/1", "too_large"],
    ["/html/1", "wrong_type"],
    ["/svg/1", "wrong_type"],
    ["/smil/1", "wrong_type"],
    ["/locked/1", "unauthorized"],
    [{ url: `${host.url}/ok/1`, sha256: "0".repeat(64) }, "checksum"],
  ];
  const ids: string[] = [];
  for (const [link] of wanted) ids.push(await sent(world, [link]));
  for (const [i, [link, reason]] of wanted.entries()) {
    const [medium] = await settled(service.url, owner.key, ids[i] ?? "");
    expect([link, medium?.status, medium?.reason]).toEqual([link, "failed", reason]);
    const refused = await api(service.url, owner.key, `/sms/messages/${ids[i]}/media/0`);
    expect([refused.status, refused.error.code]).toEqual([404, "not_found"]);
    expect(refused.error.message).toContain(reason);
  }
  expect(host.askedFor("/loop/1")).toBe(6);
  expect(readdirSync(world.files)).toEqual([]);
});

test("what may come another time stays pending, and one that is gone is given up within 20 s", async () => {
  let broken = true;
  const host = new PictureHost({
    "/soon": () => (broken ? new Response("later", { status: 503 }) : new Response(Uint8Array.from(PNG))),
  });
  const world = await started({ times: { quietMs: 200 } }, {}, host);
  const { service } = world;
  const owner = await tenant(service, NUMBER);
  const begun = performance.now();
  const gone = await sent(world, ["/gone/1"]);
  const stalled = await sent(world, ["/stalled/1"]);
  const silent = await sent(world, ["/silent/1"]);
  const soon = await sent(world, ["/soon"]);
  await until("it was tried", () => host.askedFor("/soon") === 1);
  const waiting = await api(service.url, owner.key, `/sms/messages/${soon}/media/0`);
  expect([waiting.status, waiting.headers.get("retry-after")]).toEqual([503, "5"]);
  broken = false;
  await until("it is tried again within 5 s", () => host.askedFor("/soon") === 2, 5_000);
  expect((await settled(service.url, owner.key, soon))[0]?.status).toBe("stored");
  expect((await settled(service.url, owner.key, gone))[0]).toMatchObject({
    status: "failed",
    reason: "gone",
  });
  expect(performance.now() - begun).toBeLessThan(20_000);
  for (const id of [stalled, silent])
    expect((await mediaOf(service.url, owner.key, id))[0]?.status, id).toBe("pending");
  const { rows } = await service.database.read("SELECT reason FROM media WHERE state = 'pending'");
  expect(rows.map(({ reason }) => reason)).toEqual(["timeout", "timeout"]);
  expect(host.askedFor("/gone/1")).toBe(4);
});

test("eight at once, and two of one message; a stop waits for none of them", async () => {
  const host = new PictureHost({});
  const world = await started({}, {}, host);
  await tenant(world.service, NUMBER);
  await sent(
    world,
    Array.from({ length: 12 }, (_, i) => `/silent/${i}`),
  );
  await until("two are asked for", () => host.open === 2);
  for (let i = 0; i < 6; i++) await sent(world, [`/silent/a${i}`, `/silent/b${i}`]);
  await until("eight are asked for", () => host.open === 8);
  await Bun.sleep(0);
  const { rows } = await world.service.database.read("SELECT count(*) AS n FROM media");
  expect(rows[0]?.n).toBe(10 + 12);
  const begun = performance.now();
  await world.service.close();
  expect(performance.now() - begun).toBeLessThan(2_000);
  expect(host.most).toBe(8);
  const again = await started({}, {}, host, world.folder);
  await until("they are due again", () => host.asked.length > 8);
  await again.service.close();
});

test("files go with their message: deleted, erased, with its account, and after a crash", async () => {
  const world = await started();
  const { service, files } = world;
  const owner = await tenant(service, NUMBER);
  const leaver = await tenant(service, "+14155550003");
  const ids = [await sent(world, ["/ok/1", "/ok/2"]), await sent(world, ["/ok/3"])];
  const left = await sent(world, ["/ok/4"], leaver.number);
  for (const id of ids) await settled(service.url, owner.key, id);
  await settled(service.url, leaver.key, left);
  expect(readdirSync(files)).toHaveLength(4);
  await deleteMessage(service.database, ids[0] ?? "", Date.now());
  await until("its files are gone", () => readdirSync(files).length === 2, 3_000);
  await removeNumber(service.database, leaver.number);
  await deleteAccount(service.database, leaver.accountId, Date.now());
  await until("the account's are gone", () => !existsSync(join(files, `${left}-0`)), 3_000);
  const options = {
    now: Date.now(),
    overwrites: false,
    onProgress: () => undefined,
    onMerge: () => undefined,
  };
  await eraseSender(service.database, "+13125550001", options);
  await until("the sender's are gone", () => readdirSync(files).length === 0, 3_000);
  await until("the rows are gone", async () => {
    const { rows } = await service.database.read("SELECT count(*) AS n FROM media");
    return rows[0]?.n === 0;
  });

  // Of a process that was killed before it had noted what it had.
  const id = await sent(world, ["/ok/5"]);
  await settled(service.url, owner.key, id);
  await service.close();
  await Bun.write(join(files, "msg_0123456789abcdef0123456789abcdef-0"), "stray");
  await Bun.write(join(files, `${id}-0.x.part`), "half");
  const old = new Date(Date.now() - 600_000);
  (await import("node:fs")).utimesSync(join(files, `${id}-0.x.part`), old, old);
  await started({}, {}, world.host, world.folder);
  await until("what nobody has is gone", () => readdirSync(files).length === 1, 3_000);
  expect(readdirSync(files)).toEqual([`${id}-0`]);
});

test("a claim loses no picture, a duplicate fetches none anew, and a missing file is fetched again", async () => {
  const world = await started();
  const { service, files, host } = world;
  const owner = await tenant(service, NUMBER);
  const event = mmsEvent("+14155550009", [`${host.url}/ok/1`]);
  expect(await deliver(service.url, service.telnyx, event)).toBe("unrouted");
  await until("it is kept", () => existsSync(files) && readdirSync(files).length === 1);
  await claimMessages(service.database, "+14155550009", owner.accountId, false);
  const { data } = await api(service.url, owner.key, "/sms/messages");
  const id = String(data[0]?.message_id);
  expect((await settled(service.url, owner.key, id))[0]?.status).toBe("stored");
  expect(await deliver(service.url, service.telnyx, event)).toBe("duplicate");
  expect(host.askedFor("/ok/1")).toBe(1);
  (await import("node:fs")).rmSync(join(files, `${id}-0`));
  expect((await api(service.url, owner.key, `/sms/messages/${id}/media/0`)).status).toBe(503);
  await until("it is there again", () => readdirSync(files).length === 1);
  expect(host.askedFor("/ok/1")).toBe(2);
});

test("two processes over one database fetch each picture once", async () => {
  const world = await started();
  const second = await started({}, {}, world.host, world.folder);
  const owner = await tenant(world.service, NUMBER);
  const ids: string[] = [];
  for (let i = 0; i < 10; i++) ids.push(await sent(world, [`/ok/${i}`]));
  for (const id of ids) await settled(second.service.url, owner.key, id);
  expect(world.host.asked).toHaveLength(10);
});

test("without MEDIA a message is as it was, and where it was kept before as if it had not been", async () => {
  const world = await started();
  const owner = await tenant(world.service, NUMBER);
  const id = await sent(world, ["/ok/1"]);
  await settled(world.service.url, owner.key, id);
  await world.service.close();
  const { media } = readConfig({});
  const { service } = await started({}, { media }, world.host, world.folder);
  const links = [{ url: `${world.host.url}/ok/1`, content_type: "image/png" }];
  expect(await mediaOf(service.url, owner.key, id)).toEqual(links as never);
  expect((await api(service.url, owner.key, `/sms/messages/${id}/media/0`)).status).toBe(404);
  await deleteMessage(service.database, id, Date.now());
  await until("its file goes all the same", () => readdirSync(world.files).length === 0, 3_000);
});

test("nothing is fetched while the disk is nearly full", async () => {
  let hasRoom = false;
  const world = await started({ hasRoom: async () => hasRoom });
  const owner = await tenant(world.service, NUMBER);
  const id = await sent(world, ["/ok/1"]);
  expect((await mediaOf(world.service.url, owner.key, id))[0]?.status).toBe("pending");
  await Bun.sleep(0);
  expect(world.host.asked).toEqual([]);
  hasRoom = true;
  expect((await settled(world.service.url, owner.key, id))[0]?.status).toBe("stored");
});
