/** Whatever JSON comes: the parser does not throw, and what it calls a message is one by the contract. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { InboundMessage } from "../../src/message.ts";
import { parseEvent } from "../../src/telnyx/event.ts";

/** Any UTF-16, so lone surrogates and NUL too; and those two often. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom("\0", "\uD800", "\uDFFF", "\u{1F600}", "\n", " ", "a", "+", "1"),
    fc.nat(0xffff).map((unit) => String.fromCharCode(unit)),
  ),
});
const number = fc.nat(9999).map((last) => `+1415555${String(last).padStart(4, "0")}`);
const time = fc.oneof(
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom("2025-05-02T21:46:13.030+00:00", "2025-05-02", "", "0", "-1"),
);
const anything = fc.oneof(text, fc.jsonValue({ maxDepth: 2 }));
const address = fc.oneof(
  number,
  text,
  anything,
  fc.record({ phone_number: fc.oneof(number, text, anything) }),
);
const addresses = fc.oneof(address, fc.array(address, { maxLength: 60 }), fc.array(number, { minLength: 1 }));
const medium = fc.record(
  { url: fc.oneof(text, anything), content_type: anything, size: fc.oneof(fc.integer(), anything) },
  { requiredKeys: [] },
);
const payload = fc.record(
  {
    id: fc.oneof(fc.uuid(), text, anything),
    type: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom("SMS", "MMS", null) },
      { weight: 1, arbitrary: anything },
    ),
    from: address,
    to: addresses,
    cc: addresses,
    text: fc.oneof({ weight: 8, arbitrary: text }, { weight: 1, arbitrary: anything }),
    subject: fc.oneof(text, anything),
    media: fc.oneof(fc.array(fc.oneof(medium, anything)), anything),
    received_at: fc.oneof(time, anything),
    autoresponse_type: fc.oneof(fc.constantFrom("STOP", "HELP", null), anything),
    is_spam: fc.oneof(fc.boolean(), anything),
  },
  { requiredKeys: [] },
);
const event = fc.record(
  {
    data: fc.record(
      {
        event_type: fc.constant("message.received"),
        id: fc.oneof(fc.uuid(), anything),
        occurred_at: fc.oneof(time, anything),
        payload: fc.oneof({ weight: 20, arbitrary: payload }, { weight: 1, arbitrary: anything }),
      },
      { requiredKeys: ["event_type", "payload"] },
    ),
  },
  { requiredKeys: ["data"] },
);
const clock = fc.integer({ min: 0, max: 4_102_444_800_000 });

/** As from the wire. */
function parse(value: unknown, now: number) {
  const json = JSON.stringify(value);
  return parseEvent(JSON.parse(json), new TextEncoder().encode(json), now);
}

function strings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(strings) : [];
}

const FIELDS = [
  "message_id",
  "from",
  "to",
  "body",
  "received_at",
  "subject",
  "media",
  "cc",
  "keyword",
  "spam",
];

function expectContract({ telnyx_id, message }: InboundMessage): void {
  for (const string of [telnyx_id, ...strings(message)]) {
    expect(string.isWellFormed()).toBe(true);
    expect(string).not.toContain("\0");
  }
  expect(Object.keys(message).slice(0, 5)).toEqual(FIELDS.slice(0, 5));
  expect(FIELDS).toEqual(expect.arrayContaining(Object.keys(message)));
  expect([message.from, message.to, message.body].every((field) => typeof field === "string")).toBe(true);
  expect(message.message_id).toMatch(/^msg_[0-9a-f]{32}$/);
  expect(message.to).not.toBe("");
  expect(message.received_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(new Date(message.received_at).toISOString()).toBe(message.received_at);
  expect(message.media?.length).not.toBe(0);
  for (const { url, content_type, size, ...rest } of message.media ?? []) {
    const saysNothing = url === "" && content_type === undefined && size === undefined;
    expect([saysNothing, content_type === "", (size ?? 0) < 0, Object.keys(rest).length > 0]).not.toContain(
      true,
    );
  }
  expect(message.cc?.length).not.toBe(0);
  expect(message.keyword).not.toBe("");
  expect(message.subject?.trim()).not.toBe("");
  expect(message.spam ?? true).toBe(true);
  expect(JSON.parse(JSON.stringify(message))).toStrictEqual(message);
}

test("any JSON at all is read without throwing, and is no message unless it says so", () => {
  fc.assert(
    fc.property(fc.jsonValue(), clock, (value, now) => {
      expect(parse(value, now)).toEqual({ kind: "ignored" });
    }),
  );
});

test("whatever the fields hold, each message is one by the contract, and each has its own id", () => {
  let read = 0;
  fc.assert(
    fc.property(event, clock, (value, now) => {
      const parsed = parse(value, now);
      if (parsed.kind !== "messages") return;
      read++;
      expect(parsed.messages.length).toBeGreaterThan(0);
      parsed.messages.forEach(expectContract);
      const ids = parsed.messages.map(({ message }) => message.message_id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(new Set(parsed.messages.map(({ message }) => message.to)).size).toBe(ids.length);
    }),
    { numRuns: 500 },
  );
  expect(read).toBeGreaterThan(50);
});

test("the same message to the same number has one id, whatever else differs between its copies", () => {
  fc.assert(
    fc.property(fc.uuid(), number, payload, payload, clock, clock, (id, to, one, other, now, later) => {
      const idOf = (different: object, at: number) => {
        const copy = { ...different, id, to: [{ phone_number: to }], type: "SMS", text: "Hello!" };
        const parsed = parse({ data: { event_type: "message.received", id: String(at), payload: copy } }, at);
        return parsed.kind === "messages" ? parsed.messages.map(({ message }) => message.message_id) : parsed;
      };
      expect(idOf(one, now)).toEqual(idOf(other, later));
    }),
  );
});

test("messages of different ids, or to different numbers, have different ids", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.uuid(), { minLength: 2, maxLength: 2 }),
      fc.uniqueArray(number, { minLength: 1, maxLength: 50 }),
      (telnyxIds, to) => {
        const ids = telnyxIds.flatMap((id) => {
          const parsed = parse({ data: { event_type: "message.received", payload: { id, to } } }, 0);
          return parsed.kind === "messages" ? parsed.messages.map(({ message }) => message.message_id) : [];
        });
        expect(new Set(ids).size).toBe(2 * to.length);
      },
    ),
  );
});
