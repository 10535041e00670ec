/** Searches through the executable: what they find, and how little the others feel of those that are hard. */
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { api, bodiesOf } from "../harness/api.ts";
import { MAX_TURN_MS, TurnWatch } from "../harness/longestturn.ts";
import { addTenant, type Server, startServer, type Tenant } from "../harness/server.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(120_000);

let server: Server;
let heavy: Tenant;
let other: Tenant;
beforeAll(async () => {
  server = await startServer();
  heavy = await addTenant(server.folder, "+14155550001");
  other = await addTenant(server.folder, "+14155550002");
});

const send = (to: string, text: string) => deliver(server.url, server.telnyx, smsEvent(to, text));
const query = (q: string) => `q=${encodeURIComponent(q)}`;

test("texts in every script are found, by a search and by who waits for them", async () => {
  const code = "您的验证码555123，请勿泄露";
  const texts = [code, "今天下午三点开会", "พรุ่งนี้ประชุมที่กรุงเทพ", "Đà Nẵng", "ok 👍🏽"];
  const { meta } = await api(server.url, other.key, "/sms/messages");
  const waiting = api(server.url, other.key, `/sms/messages/next?after=${meta.position}&${query("555123")}`);
  for (const text of texts) await send(other.number, text);
  expect((await waiting).data).toMatchObject({ body: code });
  for (const [i, q] of ["555123", "开会", "กรุงเทพ", "da nang", "👍"].entries()) {
    const found = await api(server.url, other.key, `/sms/messages?${query(q)}`);
    expect(bodiesOf(found), q).toEqual([String(texts[i])]);
  }
});

test("hard searches through long texts in memory hold up nobody", async () => {
  const texts = Array.from({ length: 100 }, () => "a ".repeat(800));
  texts.push(...["a ", "开a", "é "].map((part) => part.repeat(32_000)), `a${"\u0301\u0316".repeat(30_000)}`);
  const watch = new TurnWatch(server);
  const { cpuMs } = await watch.during(async () => {
    for (let at = 0; at < texts.length; at += 8)
      await Promise.all(texts.slice(at, at + 8).map((text) => send(heavy.number, text)));
    const hard = `${"a.".repeat(248)}b`;
    const done = Array.from({ length: 40 }, () =>
      api(server.url, heavy.key, `/sms/messages/next?since=1h&timeout=2&${query(hard)}`).catch(() => null),
    );
    // Meanwhile another tenant's text is stored, and found.
    await send(other.number, "meanwhile");
    await until("it is found", async () =>
      bodiesOf(await api(server.url, other.key, `/sms/messages?${query("meanwhile")}`)).includes("meanwhile"),
    );
    await Promise.all(done);
  });
  watch.stop();
  expect(cpuMs).toBeLessThan(MAX_TURN_MS);
});
