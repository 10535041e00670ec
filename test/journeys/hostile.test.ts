/** Signed webhooks of every shape that harm nothing: not the service, not its file, not those that come later. */
import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { inlet, inletJson } from "../harness/cli.ts";
import { addTenant, type Server, startServer } from "../harness/server.ts";
import { connect, type StreamClient } from "../harness/stream.ts";
import { deliver, sendWebhook, smsEvent } from "../harness/telnyx.ts";

setDefaultTimeout(60_000);
const NUMBER = "+14155559999";

/** A text to our number whose payload has these fields, in place of its own or added. */
const sms = (payload: Record<string, unknown>) => smsEvent(NUMBER, "a text", payload);
/** A text whose event has these fields. */
const event = (fields: Record<string, unknown>) => ({ data: { ...sms({}).data, ...fields } });
/** As it is written in JSON: the parser makes of it what no JSON.stringify would. */
const written = (from: string, to: string, payload: Record<string, unknown> = {}) =>
  JSON.stringify(smsEvent(NUMBER, "a @ text", payload)).replaceAll(from, to);

const LONE = "\\ud800";
const NUL = "\\u0000";
const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
const deep = (field: string, depth: number) => written('"@"', nested(depth), { [field]: "@" });

/** What is stored for our number. */
const TEXTS: readonly (readonly [string, unknown])[] = [
  ["a lone surrogate in the text", written("@", LONE)],
  ["the other half alone", written("@", "\\udfff")],
  ["halves in the wrong order", written("@", "\\udc00\\ud800")],
  ["NUL in the text", written("@", NUL)],
  ["NUL alone as the text", written("a @ text", NUL)],
  ["surrogates in the sender", written("@", LONE, { from: { phone_number: "@" } })],
  ["NUL in the sender", written("@", NUL, { from: { phone_number: "+1@" } })],
  ["surrogates in the id", written("@", LONE, { id: "id @" })],
  ["NUL in the id", written("@", `${NUL}${Math.random()}`, { id: "id @" })],
  ["surrogates in a medium", written("@", LONE, { media: [{ url: "https://@/@", content_type: "@" }] })],
  ["NUL in a medium", written("@", NUL, { media: [{ url: "https://@/@", content_type: "@", size: 3 }] })],
  ["surrogates in cc", written("@", LONE, { cc: ["@", { phone_number: "@" }] })],
  ["surrogates in the keyword", written("@", LONE, { autoresponse_type: "@" })],
  ["surrogates in names", written("@", LONE, { "@": "@", "x@": { "@": 1 } })],
  [
    "a body that would end the event",
    sms({ text: 'x\n\nevent: closing\ndata: {"reason":"shutdown"}\n\nid: 1\r\r' }),
  ],
  ["SQL", sms({ text: "'); DROP TABLE messages; --", from: { phone_number: '"; DELETE FROM messages' } })],
  ["JSON in the text", sms({ text: '[[1,"2"],{"a":null}]', from: "null" })],
  [
    "every control character",
    sms({ text: String.fromCharCode(...Array(32).keys(), 127, 128, 0x2028, 0xfeff) }),
  ],
  ["a text of 900 kB", sms({ text: "😀".repeat(225_000) })],
  ["ten thousand media", sms({ media: Array(10_000).fill({ url: "https://example.com/a.png" }) })],
  ["media that are none", sms({ media: [null, 1, "x", [], {}, { url: 5 }, { url: "" }, { url: {} }] })],
  [
    "a size that is none",
    sms({
      media: [
        { url: "u", size: -1 },
        { url: "v", size: 1e300 },
        { url: "w", size: "9" },
      ],
    }),
  ],
  ["times that are none", sms({ received_at: "never" })],
  ["a time beyond all", sms({ received_at: "+275760-09-13T00:00:00.000Z" })],
  ["a number as the time", sms({ received_at: 1e21 })],
  ["no sender", sms({ from: undefined })],
  ["a list of senders", sms({ from: [[["+13125550001"]], null] })],
  ["the same recipient many times", sms({ to: Array(2_000).fill({ phone_number: NUMBER }) })],
  ["a polluted prototype", written("@", "__proto__", { "@": { text: "polluted" }, constructor: { "@": 1 } })],
  ["no ids at all", event({ id: undefined, payload: { ...sms({ id: undefined }).data.payload } })],
  ["ids that are objects", event({ id: {}, payload: { ...sms({ id: [] }).data.payload } })],
  ["fields nested deep", deep("cc", 5_000)],
  ["keys twice", written('"text":', '"text":"first","text":')],
];

/** A `message.received` that cannot be read, and so is kept as it came. */
const UNREADABLE: readonly (readonly [string, unknown])[] = [
  ["no recipient", sms({ to: undefined })],
  ["null as recipient", sms({ to: null })],
  ["true as recipient", sms({ to: true })],
  ["an empty list of recipients", sms({ to: [] })],
  ["recipients without numbers", sms({ to: [{}, null, { phone_number: null }, [], { phone_number: {} }] })],
  ["a recipient of a megabyte", sms({ to: "1".repeat(900_000) })],
  ["sixty recipients", sms({ to: Array.from({ length: 60 }, (_, i) => `+1415555${1000 + i}`) })],
  ["a text that is a number", sms({ text: 42 })],
  ["a text that is an object with surrogates", written('"a @ text"', `{"${LONE}":"${NUL}${LONE}"}`)],
  ["a type that is an object", sms({ type: { SMS: true } })],
  ["a payload that is a list", event({ payload: [1, 2, 3] })],
  ["a payload that is a text", event({ payload: "hello" })],
  ["no payload", event({ payload: undefined })],
];

/** Not a text message. */
const IGNORED: readonly (readonly [string, unknown])[] = [
  ["null", "null"],
  ["a number", "-0.0e-7"],
  ["a text", JSON.stringify(LONE)],
  ["an empty list", "[]"],
  ["nested lists", nested(5_000)],
  ["no data", {}],
  ["data that is null", { data: null }],
  ["data that is a list of events", { data: [sms({}).data] }],
  ["an event type that is a list", event({ event_type: ["message.received"] })],
  ["another event", event({ event_type: "message.sent" })],
  ["another type", sms({ type: "RCS" })],
  ["a surrogate as the type", written('"SMS"', `"${LONE}"`)],
];

async function sendAll(server: Server, shapes: typeof TEXTS): Promise<string[]> {
  const answers: string[] = [];
  for (const [name, shape] of shapes) {
    const response = await sendWebhook(server.url, server.telnyx, shape);
    const { data, error } = (await response.json()) as {
      data?: { outcome: string };
      error?: { code: string };
    };
    answers.push(`${name}: ${data?.outcome ?? error?.code}`);
  }
  return answers;
}

const all = (shapes: typeof TEXTS, outcome: string) => shapes.map(([name]) => `${name}: ${outcome}`);

function expectHarmless({ messages, raw }: StreamClient): void {
  expect(JSON.stringify(messages)).not.toMatch(/\\ud[89a-f]|\\u0000/i);
  expect(raw.isWellFormed()).toBe(true);
  expect(raw).not.toContain("\0");
}

test("shapes that mean harm are answered as they should be, read back as they were stored, now and later", async () => {
  const server = await startServer();
  const { key } = await addTenant(server.folder, NUMBER);
  const live = await connect(server.url, { key });

  expect(await sendAll(server, TEXTS)).toEqual(all(TEXTS, "stored"));
  expect(await sendAll(server, TEXTS)).toEqual(all(TEXTS, "duplicate"));
  expect(await sendAll(server, UNREADABLE)).toEqual(all(UNREADABLE, "ignored"));
  expect(await sendAll(server, UNREADABLE)).toEqual(all(UNREADABLE, "ignored"));
  expect(await sendAll(server, IGNORED)).toEqual(all(IGNORED, "ignored"));
  await live.messageCount(TEXTS.length);
  expectHarmless(live);
  const messages = [...live.messages];
  expect(messages.map(({ to }) => to)).toEqual(TEXTS.map(() => NUMBER));
  expect(messages.slice(0, 5).map(({ body }) => body)).toEqual([
    "a \uFFFD text", "a \uFFFD text", "a \uFFFD\uFFFD text", "a \uFFFD text", "\uFFFD",
  ]); // biome-ignore format: a list

  await server.kill();
  const again = await startServer(server);
  const replayed = await connect(again.url, { key, query: "?since=all" });
  await replayed.event("caught_up");
  expectHarmless(replayed);
  expect(replayed.messages).toEqual(messages);
  expect(await deliver(again.url, again.telnyx, sms({ text: "still here" }))).toBe("stored");
  await replayed.messageCount(TEXTS.length + 1);
  expect(replayed.bodies.at(-1)).toBe("still here");

  const listed = await inletJson<{ body: string }[]>(server.folder, ["messages", "list", "--limit", "1000"]);
  expect(listed.map(({ body }) => body).reverse()).toEqual(replayed.bodies as string[]);
  expect(await inlet(server.folder, ["messages", "list"])).toMatchObject({ code: 0, stderr: "" });
  for (const { message_id } of messages) {
    expect((await inlet(server.folder, ["messages", "show", String(message_id)])).code).toBe(0);
  }
});

test("a message.received that cannot be read is kept as it came, once, with the reason", async () => {
  const server = await startServer();
  const bodies = UNREADABLE.map(([, shape]) => (typeof shape === "string" ? shape : JSON.stringify(shape)));
  await Promise.all([...bodies, ...bodies].map((body) => deliver(server.url, server.telnyx, body)));
  const database = new Database(join(server.folder, "inlet.db"), { readonly: true });
  const rows = database
    .query<{ body: string; reason: string }, []>("SELECT body, reason FROM unreadable_events")
    .all();
  const messages = database.query("SELECT * FROM messages").all();
  database.close();
  expect(rows.map(({ body }) => body).sort()).toEqual([...bodies].sort());
  for (const { reason } of rows) expect(reason).not.toBe("");
  expect(messages).toEqual([]);
});
