/** The history and its search on a remote database: a real sqld. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { deleteMessage } from "../../src/messages/delete.ts";
import { allPages, api, bodiesOf } from "../harness/api.ts";
import { tenant, testService } from "../harness/service.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";
import { startSqld } from "./sqld.ts";

setDefaultTimeout(60_000);

test("pages, searches, waits and deletions are the same as on a local file", async () => {
  const { url } = await startSqld();
  const service = await testService({ config: { database: { url, authToken: null } } });
  const [owner, other] = [await tenant(service, "+14155559999"), await tenant(service, "+14155559998")];
  const send = (to: string, text: string) => deliver(service.url, service.telnyx, smsEvent(to, text));
  const sent = Array.from({ length: 120 }, (_, i) => `text number${i} don't ${i % 2 ? "odd" : "even"}🤣`);
  await Promise.all(sent.map((text) => send(owner.number, text)));
  await send(other.number, "text of another");
  const bodies = async (query: string) =>
    bodiesOf(...(await allPages(service.url, owner.key, `/sms/messages?limit=25${query}`))).map(String);
  expect((await bodies("")).sort()).toEqual([...sent].sort());
  expect((await bodies("&q=text&order=asc")).sort()).toEqual([...sent].sort());
  expect((await bodies("&q=odd+don't+numb*")).length).toBe(60);
  expect(await bodies("&q=number7")).toEqual([String(sent[7])]);
  expect(await bodies("&q=another")).toEqual([]);
  expect(await bodies(`&to=${encodeURIComponent(other.number)}`)).toEqual([]);

  const { data } = await api(service.url, owner.key, "/sms/messages?q=number7");
  await deleteMessage(service.database, String(data[0]?.message_id), Date.now());
  expect(await bodies("&q=number7")).toEqual([]);
  expect((await bodies("&q=text")).length).toBe(119);

  const position = (await api(service.url, owner.key, "/sms/messages")).meta.position;
  const waits = api(service.url, owner.key, `/sms/messages/next?q=wait*&after=${position}`);
  await send(owner.number, "not this");
  await send(owner.number, "what it waited for: waiting");
  expect((await waits).data).toMatchObject({ body: "what it waited for: waiting" });
});
