/** Where the parser is in doubt, a text message is never dropped, and no two become one. */
import { expect, test } from "bun:test";
import { parseEvent } from "../../src/telnyx/event.ts";

const NOW = Date.parse("2026-05-22T18:30:00.000Z");

function parse(payload: Record<string, unknown>) {
  const sms = { id: "m", from: { phone_number: "+13125550001" }, to: "+17735550002", text: "Hi", ...payload };
  const event = {
    data: { event_type: "message.received", occurred_at: "2026-05-22T10:00:00Z", payload: sms },
  };
  const parsed = parseEvent(event, new Uint8Array(), NOW);
  return parsed.kind === "messages" ? parsed.messages[0] : undefined;
}

test("an empty type is no type, and blanks around one do not matter", () => {
  for (const type of ["", " ", " SMS", "mms "]) expect(parse({ type })?.message.body, type).toBe("Hi");
});

test("a time that cannot be read gives way to the event's own", () => {
  for (const received_at of ["1", "-1", "2024-02-30T00:00:00Z", "soon", 5])
    expect(parse({ received_at })?.message.received_at).toBe("2026-05-22T10:00:00.000Z");
  expect(parse({ received_at: "2026-05-22T09:00:00" })?.message.received_at).toBe("2026-05-22T09:00:00.000Z");
});

test("numbers too large to keep all their digits are not ids: two of them would be one message", () => {
  expect(parse({ id: 42 })?.telnyx_id).toBe("42");
  expect(parse({ id: 2 ** 60 })?.telnyx_id).toStartWith("sha256:");
});
