/** Events that nobody has seen from Telnyx and that its types allow, or nearly. */
import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import type { InboundMessage } from "../../src/message.ts";
import { messageId, parseEvent } from "../../src/telnyx/event.ts";

const NOW = Date.parse("2026-05-22T18:30:00.000Z");
const TO = "+17735550002";

type Fields = Readonly<Record<string, unknown>>;

/** A `message.received` of type SMS; `payload` and `envelope` replace or add fields. */
function received(payload: Fields = {}, envelope: Fields = {}) {
  return {
    data: {
      event_type: "message.received",
      id: "event-1",
      occurred_at: "2024-01-15T20:16:07.588+00:00",
      payload: {
        id: "message-1",
        from: { phone_number: "+13125550001" },
        to: [{ phone_number: TO }],
        text: "Hello!",
        type: "SMS",
        received_at: "2024-01-15T20:16:07.503+00:00",
        ...payload,
      },
      ...envelope,
    },
  };
}

/** As from the wire: what is undefined in the event is missing. */
function parse(event: unknown) {
  const raw = new TextEncoder().encode(JSON.stringify(event));
  return parseEvent(JSON.parse(new TextDecoder().decode(raw)), raw, NOW);
}

function messages(payload?: Fields, envelope?: Fields): readonly InboundMessage[] {
  const parsed = parse(received(payload, envelope));
  if (parsed.kind !== "messages") throw new Error(`it is ${JSON.stringify(parsed)}`);
  return parsed.messages;
}

function only(payload?: Fields, envelope?: Fields): InboundMessage {
  const [message, ...others] = messages(payload, envelope);
  if (!message || others.length > 0) throw new Error("there is not one message");
  return message;
}

const recipients = (to: unknown) => messages({ to }).map(({ message }) => message.to);

test("what is no event at all is ignored, whatever its shape", () => {
  const shapes = [null, true, 0, "", "message.received", [], [[]], {}, { data: null }, { data: [] }];
  for (const shape of shapes) expect(parse(shape)).toEqual({ kind: "ignored" });
  for (const event_type of [
    "message.sent",
    "message.finalized",
    "call.initiated",
    null,
    ["message.received"],
    {},
  ])
    expect(parse(received({}, { event_type }))).toEqual({ kind: "ignored" });
});

test("the type decides in any case of its letters, and none means a text message", () => {
  for (const type of ["SMS", "MMS", "sms", "Mms", null, undefined])
    expect(only({ type }).message.body).toBe("Hello!");
  for (const type of ["RCS", "WHATSAPP", "WhatsApp", "SMSX", "long_code"])
    expect(parse(received({ type }))).toEqual({ kind: "ignored" });
});

test("what says that a message came and cannot be read is never ignored", () => {
  for (const type of [5, true, {}, ["SMS"]]) expect(parse(received({ type })).kind).toBe("unreadable");
  for (const text of [5, true, {}, ["Hello!"]]) expect(parse(received({ text })).kind).toBe("unreadable");
  for (const payload of [undefined, null, "SMS", [], {}])
    expect(parse(received({}, { payload })).kind).toBe("unreadable");
});

test("a recipient may be a text, an object, or a list of them", () => {
  expect(recipients(TO)).toEqual([TO]);
  expect(recipients({ phone_number: TO })).toEqual([TO]);
  expect(recipients([TO, { phone_number: "+17735550003" }, "72345"])).toEqual([TO, "+17735550003", "72345"]);
});

test("one number is one recipient, however often and with whatever punctuation it stands there", () => {
  expect(recipients([TO, { phone_number: TO }, " +1 (773) 555-0002 ", "+1.773.555.0002"])).toEqual([TO]);
  expect(only({ to: "+1 773 555 0002" }).message.message_id).toBe(only({ to: TO }).message.message_id);
});

test("recipients without a readable number are passed over, and without any it is unreadable", () => {
  expect(recipients([null, "", "  ", {}, { phone_number: null }, { agent_id: "a" }, [], TO])).toEqual([TO]);
  expect(recipients(["x".repeat(65), "x".repeat(64)])).toEqual(["x".repeat(64)]);
  for (const to of [undefined, null, "", [], [{}], [null], {}, false, ["x".repeat(65)]])
    expect(parse(received({ to }))).toEqual({ kind: "unreadable", reason: "it has no recipient" });
});

test("fifty recipients are read, and one more is unreadable", () => {
  const numbers = Array.from({ length: 51 }, (_, i) => `+177355500${String(i).padStart(2, "0")}`);
  expect(recipients(numbers.slice(0, 50))).toEqual(numbers.slice(0, 50));
  expect(parse(received({ to: numbers })).kind).toBe("unreadable");
});

test("a sender may be a text or the first of a list, and is empty when there is none", () => {
  expect(only({ from: "+13125550001" }).message.from).toBe("+13125550001");
  expect(only({ from: [{ phone_number: "72345" }] }).message.from).toBe("72345");
  expect(only({ from: { phone_number: " DHL Express " } }).message.from).toBe("DHL Express");
  for (const from of [undefined, null, {}, [], { phone_number: {} }])
    expect(only({ from }).message.from).toBe("");
});

test("the message's id names it, else the event's, else the hash of the raw body", () => {
  expect(only().telnyx_id).toBe("message-1");
  expect(only({ id: 42 }).telnyx_id).toBe("42");
  for (const id of [undefined, null, "", "  ", {}, [], true]) expect(only({ id }).telnyx_id).toBe("event-1");
  const event = received({ id: "" }, { id: null });
  const hash = createHash("sha256").update(JSON.stringify(event)).digest("hex");
  const { telnyx_id, message } = only({ id: "" }, { id: null });
  expect(telnyx_id).toBe(`sha256:${hash}`);
  expect(message.message_id).toBe(messageId(`sha256:${hash}`, TO));
  expect(message.message_id).toMatch(/^msg_[0-9a-f]{32}$/);
});

test("times are read with their offset and told in UTC with milliseconds", () => {
  const told = (received_at: unknown) => only({ received_at }).message.received_at;
  expect(told("2025-05-02T21:46:13.030+00:00")).toBe("2025-05-02T21:46:13.030Z");
  expect(told("2025-05-02T21:46:13+02:00")).toBe("2025-05-02T19:46:13.000Z");
  expect(told("2024-12-31T23:59:59.9999999-00:30")).toBe("2025-01-01T00:29:59.999Z");
});

test("a time that is missing or no time falls back to the event's, and then to the clock", () => {
  const impossible = [
    undefined,
    null,
    "",
    "yesterday",
    1705349767,
    {},
    "+010000-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
  ];
  for (const time of impossible) {
    expect(only({ received_at: time }).message.received_at).toBe("2024-01-15T20:16:07.588Z");
    expect(only({ received_at: time }, { occurred_at: time }).message.received_at).toBe(
      "2026-05-22T18:30:00.000Z",
    );
  }
});

test("a NUL and a lone surrogate arrive as U+FFFD, wherever they stand", () => {
  const bad = "a\0b\uD83Dc\uDE00";
  const good = "a\uFFFDb\uFFFDc\uFFFD";
  const { telnyx_id, message } = only({
    id: bad,
    from: bad,
    to: bad,
    text: bad,
    cc: [bad, { phone_number: bad }],
    media: [{ url: bad, content_type: bad }],
    autoresponse_type: bad,
  });
  expect(telnyx_id).toBe(good);
  expect(message).toMatchObject({ from: good, to: good, body: good, cc: [good, good], keyword: good });
  expect(message.media).toEqual([{ url: good, content_type: good }]);
});

test("nothing else of a body is altered", () => {
  for (const text of [
    "  Hello! \r\n",
    "\u{1F469}\u200D\u{1F680}",
    "\u202E\u2028\u0007\uFEFF",
    "e\u0301",
    '"\\',
  ])
    expect(only({ text }).message.body).toBe(text);
});

test("a subject is kept as it came, and left out where it says nothing", () => {
  for (const subject of ["Gate code 4711", " two  blanks ", "0", "[]"])
    expect(only({ subject }).message.subject).toBe(subject);
  expect(only({ subject: "a\0b\ud800" }).message.subject).toBe("a\uFFFDb\uFFFD");
  for (const subject of [undefined, null, "", " \n\t", {}, [], true])
    expect(Object.keys(only({ subject }).message)).not.toContain("subject");
  expect(only({ subject: "Gate code 4711", text: "", type: "SMS" }).message).toMatchObject({
    subject: "Gate code 4711",
    body: "",
  });
});

test("media may be addresses alone, and those that have none are told of all the same", () => {
  const url = "https://media.telnyx.com/x";
  expect(only({ media: url }).message.media).toEqual([{ url }]);
  const nameless = [{ content_type: "image/png" }, { url: null, size: 7 }, { content_type: "", size: -1 }];
  expect(only({ media: [url, ...nameless] }).message.media).toEqual([
    { url },
    { url: "", content_type: "image/png" },
    { url: "", size: 7 },
  ]);
});

test("media that say nothing are passed over, and a size must be a number of bytes", () => {
  const url = "https://media.telnyx.com/x";
  const media = [null, "", {}, { url: "" }, { url, size: -1 }, { url, size: 1.5 }, { url, size: "9" }];
  expect(only({ media }).message.media).toEqual([{ url }, { url }, { url }]);
  expect(only({ media: { url, size: 0 } }).message.media).toEqual([{ url, size: 0 }]);
});

test("the fields beyond the five are there only where they say something", () => {
  const five = ["message_id", "from", "to", "body", "received_at"];
  const silent = { media: [], cc: [], autoresponse_type: null, is_spam: false };
  expect(Object.keys(only(silent).message)).toEqual(five);
  expect(Object.keys(only({ media: null, cc: null, autoresponse_type: "", is_spam: null }).message)).toEqual(
    five,
  );
  for (const is_spam of ["true", 1, {}]) expect(only({ is_spam }).message.spam).toBeUndefined();
});
