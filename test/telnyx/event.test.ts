/** What becomes of each event that Telnyx is known to send, and of those that its types would allow. */
import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { Glob } from "bun";
import type { Message } from "../../src/message.ts";
import { messageId, type Parsed, parseEvent } from "../../src/telnyx/event.ts";

const PAYLOADS = join(import.meta.dir, "../payloads");
const NOW = Date.parse("2026-05-22T18:30:00.000Z");

type Expected = Omit<Message, "message_id"> & { readonly telnyx_id: string };

/** The example that most of the payloads are made from, with what is different here. */
function example(different: Partial<Expected> = {}): Expected {
  return {
    telnyx_id: "84cca175-9755-4859-b67f-4730d7f58aa3",
    from: "+13125550001",
    to: "+17735550002",
    body: "Hello from Telnyx!",
    received_at: "2024-01-15T20:16:07.503Z",
    ...different,
  };
}

const RAW_HASH = "the hash of the raw body";
const photo = (url: string, content_type: string, size: number) => [{ url, content_type, size }];
const MMS_PHOTO = photo("https://media.telnyx.com/x.jpg", "image/jpeg", 1000);

/** By file: the messages, `ignored`, or why it is unreadable. */
const OUTCOMES: Readonly<Record<string, readonly Expected[] | string>> = {
  "01-sms-inbound.docs-receiving-webhooks.json": [example()],
  "02-sms-inbound.docs-receive-message.json": [example()],
  "03-mms-inbound.docs-receive-message.json": [
    example({
      telnyx_id: "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
      body: "Check out this photo!",
      received_at: "2024-01-15T20:18:30.000Z",
      media: photo("https://media.telnyx.com/example-image.png", "image/png", 102400),
    }),
  ],
  "04-mms-inbound.docs-send-receive-mms.json": [
    {
      telnyx_id: RAW_HASH,
      from: "+18005550101",
      to: "+18005550100",
      body: "Check out this photo!",
      received_at: "2026-05-22T18:30:00.000Z",
      media: photo("https://media.telnyx.com/abc123/image.jpg", "image/jpeg", 245760),
    },
  ],
  "05-group-mms-inbound.docs-group-messaging.json": [
    {
      telnyx_id: "9d12c9d0-5172-429a-8fb9-cc9da297717f",
      from: "+15559876543",
      to: "+15551234567",
      body: "Sounds good, see you at noon!",
      received_at: "2023-08-08T13:03:05.129Z",
      cc: ["+15558765432", "+15557654321", "+15551234567"],
    },
  ],
  "06-optout-STOP-fragment.docs-advanced-opt-in-out.json": [
    {
      telnyx_id: RAW_HASH,
      from: "+15559876543",
      to: "+15551234567",
      body: "STOP",
      received_at: "2026-05-22T18:30:00.000Z",
      keyword: "STOP",
    },
  ],
  "07-rcs-inbound-file.docs-rcs.json": "ignored",
  "07-rcs-inbound-location.docs-rcs.json": "ignored",
  "07-rcs-inbound-suggestion.docs-rcs.json": "ignored",
  "07-rcs-inbound-text.docs-rcs.json": "ignored",
  "08-sms-inbound.openapi-example.json": [
    {
      telnyx_id: "7ee4241c-f127-47e5-9c34-3aac291f8058",
      from: "+18665550001",
      to: "+18445550001",
      body: "Hello, World!",
      received_at: "2019-01-23T18:10:02.574Z",
      subject: "From Telnyx!",
    },
  ],
  // Cut off by whoever published it, before its `to`.
  "09-sms-inbound.REAL-production-log.json": "it has no recipient",
  "20-outbound-finalized.json": "ignored",
  "21-outbound-sent.json": "ignored",
  "22-group-mms-finalized.json": "ignored",
  "synthetic/alphanumeric-sender.json": [example({ from: "DHL Express", body: "Parcel on its way" })],
  "synthetic/autoresponse-null.json": [example()],
  "synthetic/group-cc-objects.json": [example({ cc: ["+15558765432"] })],
  "synthetic/group-cc-strings.json": [example({ cc: ["+15558765432", "+17735550002"] })],
  "synthetic/help-full.json": [example({ body: "help", keyword: "HELP" })],
  "synthetic/is-spam-true.json": [example({ spam: true })],
  "synthetic/mms-text-missing.json": [example({ body: "", media: MMS_PHOTO })],
  "synthetic/mms-text-null.json": [example({ body: "", media: MMS_PHOTO })],
  "synthetic/no-meta.json": [example()],
  "synthetic/no-received_at.json": [example({ received_at: "2024-01-15T20:16:07.588Z" })],
  "synthetic/retry-attempt-2.json": [example()],
  "synthetic/shortcode-sender.json": [example({ from: "72345", body: "Your code is 482913" })],
  "synthetic/sms-empty-text.json": [example({ body: "" })],
  "synthetic/start-full.json": [example({ body: "START", keyword: "START" })],
  "synthetic/stop-full.json": [example({ body: "STOP", keyword: "STOP" })],
  "synthetic/two-own-recipients.json": [example(), example({ to: "+17735550003" })],
  "synthetic/whatsapp-text.json": "ignored",
};

const sha256 = (of: string | Uint8Array) => createHash("sha256").update(of).digest("hex");

/** What parseEvent is to answer for this file. */
function parsed(outcome: readonly Expected[] | string, raw: Uint8Array): Parsed {
  if (outcome === "ignored") return { kind: "ignored" };
  if (typeof outcome === "string") return { kind: "unreadable", reason: outcome };
  const messages = outcome.map(({ telnyx_id, ...message }) => {
    const id = telnyx_id === RAW_HASH ? `sha256:${sha256(raw)}` : telnyx_id;
    const message_id = `msg_${sha256(`${id}\n${message.to}`).slice(0, 32)}`;
    return { telnyx_id: id, message: { message_id, ...message } };
  });
  return { kind: "messages", messages };
}

const files = [...new Glob("**/*.json").scanSync({ cwd: PAYLOADS })]
  .filter((file) => !file.endsWith("INDEX.json"))
  .sort();

test("every payload has an entry, and every entry a payload", () => {
  expect(files).toEqual(Object.keys(OUTCOMES).sort());
});

for (const file of files) {
  const outcome = OUTCOMES[file] ?? "without an entry";
  const what = typeof outcome === "string" ? outcome : `${outcome.length} message(s)`;
  test(`${file} is read as: ${what}`, async () => {
    const raw = await Bun.file(join(PAYLOADS, file)).bytes();
    const found = parseEvent(JSON.parse(new TextDecoder().decode(raw)), raw, NOW);
    const messages = found.kind === "messages" ? found.messages.map(({ hashes: _, ...rest }) => rest) : null;
    expect(messages ? { ...found, messages } : found).toStrictEqual(parsed(outcome, raw));
  });
}

test("all copies of a message have one message_id, the same in every version of Inlet", () => {
  const telnyxId = "84cca175-9755-4859-b67f-4730d7f58aa3";
  expect(messageId(telnyxId, "+17735550002")).toBe("msg_3d937ab5d27f99293410ff58bcc036bc");
  expect(messageId(telnyxId, "+17735550003")).not.toBe(messageId(telnyxId, "+17735550002"));
});
