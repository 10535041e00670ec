/** What is typed becomes a question: beginnings of words, senders, and two histories read as one. */
import { expect, test } from "bun:test";
import type { MessagePage } from "../../../src/console/page/api.ts";
import { merged } from "../../../src/console/page/merged.ts";
import { prefixed, typedSender } from "../../../src/console/page/query.ts";

test("the last word may go on, but for one that somebody has ended", () => {
  expect(["ord", "an ord", "ord*", "order ", ""].map(prefixed)).toEqual([
    "ord*",
    "an ord*",
    "ord*",
    "order ",
    "",
  ]);
});

test("a number is a sender in any of its forms, and a text is none", () => {
  expect(typedSender("+44 20 7183 8750", null)).toBe("+442071838750");
  expect(typedSender("442071838750", null)).toBe("+442071838750");
  expect(typedSender("(312) 555-0001", "+14155559999")).toBe("+13125550001");
  expect(typedSender("20183", "+14155559999")).toBe("20183");
  for (const text of ["order 12345", "1234", "+1", "1-2-3", "-----"])
    expect(typedSender(text, null)).toBeNull();
});

/** A history of these moments, two a page. */
function history(prefix: string, moments: readonly number[]) {
  return async (cursor: string | null): Promise<MessagePage> => {
    const at = Number(cursor ?? 0);
    const messages = moments.slice(at, at + 2).map((moment) => ({
      message_id: `${prefix}${moment}`,
      from: "+13125550001",
      to: "+14155559999",
      body: "",
      received_at: new Date(moment).toISOString(),
    }));
    return { messages, cursor: at + 2 < moments.length ? String(at + 2) : null, position: "aaaa-1" };
  };
}

test("two histories are one, newest first, without a hole, however their pages are cut", async () => {
  const ask = merged([history("a", [99, 50, 49, 48, 3]), history("b", [98, 97, 96, 95, 94, 2])]);
  const all: string[] = [];
  let pages = 0;
  for (let cursor: string | null = null; pages === 0 || cursor !== null; pages++) {
    const page = await ask(cursor);
    expect(page.messages.length).toBeGreaterThan(0);
    all.push(...page.messages.map(({ message_id }) => message_id));
    cursor = page.cursor;
  }
  expect(all).toEqual(["a99", "b98", "b97", "b96", "b95", "b94", "a50", "a49", "a48", "a3", "b2"]);
});
