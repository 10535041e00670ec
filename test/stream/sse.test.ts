/** The bytes of the stream: the contract's, and one event for every client, whatever is in a message. */
import { expect, test } from "bun:test";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import fc from "fast-check";
import type { Message } from "../../src/message.ts";
import {
  type ClosingReason,
  caughtUpFrame,
  clientId,
  closingFrame,
  connectedFrame,
  gapFrame,
  HEARTBEAT,
  joinFrames,
  messageFrame,
  retryAfterClosing,
} from "../../src/stream/sse.ts";

const MESSAGE: Message = {
  message_id: "msg_be0c0cb5c4cd80f4",
  from: "+14155551234",
  to: "+14155559999",
  body: "Hello!",
  received_at: "2026-05-22T18:30:00.000Z",
};
const ID = "sms-42-1716000000000-abc1234";

const text = (bytes: Uint8Array) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
const stored = (message: Message, seq = 1042) => ({
  seq,
  account_id: 42,
  stored_at: 1_716_000_000_000,
  message,
});

interface Read {
  readonly events: readonly EventSourceMessage[];
  readonly comments: readonly string[];
  readonly retries: readonly number[];
}

/** What a client makes of these bytes, cut into pieces of so many. */
function read(bytes: Uint8Array, pieces = bytes.length): Read {
  const events: EventSourceMessage[] = [];
  const comments: string[] = [];
  const retries: number[] = [];
  const parser = createParser({
    onEvent: (event) => events.push(event),
    onComment: (comment) => comments.push(comment.trim()),
    onRetry: (retry) => retries.push(retry),
    onError: (error) => {
      throw error;
    },
  });
  const decoder = new TextDecoder();
  for (let at = 0; at < bytes.length; at += pieces)
    parser.feed(decoder.decode(bytes.subarray(at, at + pieces), { stream: true }));
  return { events, comments, retries };
}

test("connected tells the client how long to wait, where it is, and who it is", () => {
  expect(text(connectedFrame("k3f9-1041", ID, 1716000000000))).toBe(
    `retry: 2000\nid: k3f9-1041\nevent: connected\ndata: {"clientId":"${ID}","timestamp":1716000000000}\n\n`,
  );
});

test("a message carries its cursor and the five fields in the contract's order", () => {
  expect(text(messageFrame("k3f9", stored(MESSAGE)))).toBe(
    `id: k3f9-1042\nevent: sms_received\ndata: {"message_id":"msg_be0c0cb5c4cd80f4","from":"+14155551234","to":"+14155559999","body":"Hello!","received_at":"2026-05-22T18:30:00.000Z"}\n\n`,
  );
});

test("a heartbeat is a comment", () => {
  expect(text(HEARTBEAT)).toBe(": heartbeat\n\n");
  expect(read(HEARTBEAT)).toEqual({ events: [], comments: ["heartbeat"], retries: [] });
});

test("a gap has no id, so that the client keeps the cursor it has", () => {
  expect(text(gapFrame("expired", "k3f9-7"))).toBe(
    'event: gap\ndata: {"reason":"expired","oldest":"k3f9-7"}\n\n',
  );
  expect(text(gapFrame("unknown_cursor", null))).toBe(
    'event: gap\ndata: {"reason":"unknown_cursor","oldest":null}\n\n',
  );
});

test("caught_up carries the newest position", () => {
  expect(text(caughtUpFrame("k3f9-1042", 1716000000000))).toBe(
    'id: k3f9-1042\nevent: caught_up\ndata: {"timestamp":1716000000000}\n\n',
  );
});

test("closing has no id, and says twice how long to wait", () => {
  expect(text(closingFrame("max_duration", 1234))).toBe(
    'retry: 1234\nevent: closing\ndata: {"reason":"max_duration","retry_ms":1234}\n\n',
  );
});

/** Any UTF-16, with what ends lines and fields among it. */
const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      "\n",
      "\r",
      "\r\n",
      "\n\n",
      "data: x",
      "event: x",
      "id: x",
      ":",
      "\0",
      "\uFEFF",
      "\u2028",
      "\u0085",
    ),
    fc.constantFrom("\uD800", "\uDFFF", "\u{1F600}", '"', "\\", "\t"),
    fc.nat(0xffff).map((unit) => String.fromCharCode(unit)),
  ),
});
const message: fc.Arbitrary<Message> = fc
  .tuple(
    fc.record({ message_id: anyText, from: anyText, to: anyText, body: anyText, received_at: anyText }),
    fc.record(
      {
        media: fc.array(fc.record({ url: anyText, content_type: anyText, size: fc.nat() })),
        cc: fc.array(anyText),
        keyword: anyText,
        spam: fc.constant(true as const),
        recovered: fc.constant(true as const),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([five, more]) => ({ ...five, ...more }));

test("whatever a message holds, its frame is one event, and its data is the message", () => {
  fc.assert(
    fc.property(
      message,
      fc.nat({ max: 1e15 - 1 }),
      fc.integer({ min: 1, max: 40 }),
      (message, seq, pieces) => {
        const bytes = messageFrame("k3f9", stored(message, seq));
        const { events, comments, retries } = read(bytes, pieces);
        expect([events.length, comments, retries]).toEqual([1, [], []]);
        expect(events[0]).toMatchObject({ id: `k3f9-${seq}`, event: "sms_received" });
        expect(JSON.parse(events[0]?.data ?? "")).toEqual(message);
        // Three lines and the empty one, for clients that split at \n alone, or at all of \r, \n and \r\n.
        expect(text(bytes).split(/\r\n|\r|\n/)).toHaveLength(5);
      },
    ),
    { numRuns: 300 },
  );
});

test("joined frames are the same events in the same order", () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 10 }), (messages) => {
      const frames = messages.map((message, seq) => messageFrame("k3f9", stored(message, seq)));
      const { events } = read(joinFrames(frames));
      expect(events.map(({ id }) => id)).toEqual(messages.map((_, seq) => `k3f9-${seq}`));
      expect(events.map(({ data }) => JSON.parse(data))).toEqual(messages);
    }),
  );
});

test("a single frame is handed on without a copy", () => {
  expect(joinFrames([HEARTBEAT])).toBe(HEARTBEAT);
  expect(joinFrames([])).toHaveLength(0);
});

test("a client id names the account and the moment, and ends in seven of a-z0-9", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1 }),
      fc.nat(),
      fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1 }),
      (account, now, randoms) => {
        let at = 0;
        const id = clientId(account, now, () => randoms[at++ % randoms.length] ?? 0);
        expect(id).toMatch(/^sms-[1-9][0-9]*-[0-9]+-[a-z0-9]{7}$/);
        expect(id).toStartWith(`sms-${account}-${now}-`);
      },
    ),
  );
});

test("after the usual end a client waits at most two seconds, and where all are sent away the waits are spread", () => {
  const span = (reason: ClosingReason) =>
    [0, 1 - Number.EPSILON].map((random) => retryAfterClosing(reason, () => random));
  expect(span("max_duration")).toEqual([250, 2_000]);
  for (const reason of ["shutdown", "overloaded"] as const) {
    const [least = 0, most = 0] = span(reason);
    expect(most - least).toBeGreaterThanOrEqual(4_000);
    expect(least).toBeGreaterThanOrEqual(1_000);
  }
  for (const reason of ["revoked", "expired"] as const) expect(span(reason)).toEqual([2_000, 2_000]);
});
