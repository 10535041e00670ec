/** What became of each message of a batch is told by the rows that its insert returned, and by nothing else. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Message } from "../../src/message.ts";
import { insertedMessages, type Outcome, outcomes } from "../../src/messages/insert.ts";

/** A message of its own, though its id be another's too. */
function message(id: string): Message {
  const received_at = "2026-05-22T18:30:00.000Z";
  return { message_id: id, from: "+13125550001", to: "+17735550002", body: "Hello!", received_at };
}

interface Row {
  readonly id: string;
  readonly account: number | null;
}

/** What the database answers when it inserts these: in the order of seq, which may have holes. */
function answer(rows: readonly Row[], firstSeq = 1) {
  return {
    rowsAffected: rows.length,
    rows: rows.map(({ id, account }, i) => ({
      inserted: JSON.stringify([firstSeq + 2 * i, id, account, 1_716_000_000_000 + i]),
    })),
  };
}

const became = (messages: readonly Message[], rows: readonly Row[]): Outcome[] =>
  outcomes(messages, insertedMessages(messages, answer(rows)));

test("a row with an account is stored, one without is unrouted, and no row is a duplicate", () => {
  const rows = [
    { id: "a", account: 7 },
    { id: "c", account: null },
  ];
  expect(became(["a", "b", "c"].map(message), rows)).toEqual(["stored", "duplicate", "unrouted"]);
});

test("an insert that returned nothing stored nothing", () => {
  expect(became(["a", "b"].map(message), [])).toEqual(["duplicate", "duplicate"]);
  expect(became([], [])).toEqual([]);
});

test("of equal messages in one batch exactly the first is the message", () => {
  const rows = [
    { id: "a", account: 7 },
    { id: "b", account: null },
  ];
  const messages = ["a", "b", "a", "b", "a"].map(message);
  expect(became(messages, rows)).toEqual(["stored", "unrouted", "duplicate", "duplicate", "duplicate"]);
  expect(insertedMessages(messages, answer(rows)).map((stored) => stored.message)).toEqual(
    messages.slice(0, 2),
  );
});

test("an inserted message has the place, the account and the time that the database gave it", () => {
  const [one, other] = [message("a"), message("b")];
  const rows = [
    { id: "a", account: null },
    { id: "b", account: 7 },
  ];
  expect(insertedMessages([one, other], answer(rows, 41))).toEqual([
    { seq: 41, account_id: null, stored_at: 1_716_000_000_000, message: one },
    { seq: 43, account_id: 7, stored_at: 1_716_000_000_001, message: other },
  ]);
});

test("whatever the batch, each row answers one message, and each message has the outcome of its own", () => {
  const id = fc.constantFrom(..."abcdefgh");
  const account = fc.option(fc.integer({ min: 1, max: 5 }));
  fc.assert(
    fc.property(fc.array(id), fc.dictionary(id, account), (ids, accounts) => {
      const rows = [...new Set(ids)].flatMap((id) =>
        id in accounts ? [{ id, account: accounts[id] ?? null }] : [],
      );
      const result = became(ids.map(message), rows);
      expect(result).toHaveLength(ids.length);
      expect(result.filter((outcome) => outcome !== "duplicate")).toHaveLength(rows.length);
      ids.forEach((id, i) => {
        const isFirst = ids.indexOf(id) === i && id in accounts;
        expect(result[i]).toBe(!isFirst ? "duplicate" : accounts[id] == null ? "unrouted" : "stored");
      });
    }),
  );
});
