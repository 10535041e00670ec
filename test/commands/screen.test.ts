/** What people see: one line a message in which nothing controls the terminal, and a status that steps aside. */
import { afterEach, beforeEach, expect, jest, spyOn, test } from "bun:test";
import fs from "node:fs";
import { jsonLine, Screen, shownMessage, statusLine } from "../../src/commands/screen.ts";
import type { Message } from "../../src/message.ts";

const message: Message = {
  message_id: "msg_1",
  from: "+14155551234",
  to: "+14155559999",
  body: "Hello!",
  received_at: "2026-05-22T18:30:00.000Z",
};

test("a message is one line: when, from whom, to whom, what", () => {
  expect(shownMessage(message)).toBe("2026-05-22T18:30:00.000Z  +14155551234 → +14155559999  Hello!");
  const media = [{ url: "https://a" }, { url: "https://b" }];
  expect(
    shownMessage({ ...message, body: "STOP", keyword: "STOP", media, spam: true, recovered: true }),
  ).toEndWith("  [STOP] [MMS 2] [spam] [recovered] STOP");
  expect(shownMessage({ ...message, subject: "Gate code", media })).toEndWith("  [MMS 2] Gate code · Hello!");
  expect(shownMessage({ ...message, subject: "Gate code", body: "" })).toEndWith("  Gate code");
});

test("no field of it controls the terminal", () => {
  const hostile = "\u001B[2J\n\r\u0007\u009B31m\u202E";
  const all = {
    message_id: hostile,
    from: hostile,
    to: hostile,
    body: hostile,
    received_at: hostile,
    keyword: hostile,
    subject: hostile,
  };
  for (const shown of [shownMessage(all), jsonLine(all)])
    expect(shown).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
  expect(JSON.parse(jsonLine({ ...all, body: "\u0085\u2028 \u007F 🙏" }))).toEqual({
    ...all,
    body: "\u0085\u2028 \u007F 🙏",
  });
});

test("the status says how it is, how many there were, and when the server was heard", () => {
  expect(statusLine("connecting", 0, null)).toBe("connecting · 0 messages");
  expect(statusLine("live", 1, 61_900)).toBe("live · 1 message · heard 61 s ago");
  expect(statusLine("reconnecting", 2, 600_000)).toBe("reconnecting · 2 messages · heard 10 min ago");
  expect(statusLine("reconnecting", 2, 86_400_000)).toEndWith("heard 24 h ago");
});

let stderr = "";
let restore = () => undefined as unknown;
beforeEach(() => {
  jest.useFakeTimers();
  stderr = "";
  const spy = spyOn(fs, "writeSync").mockImplementation(((_: number, bytes: Uint8Array) => {
    stderr += Buffer.from(bytes).toString();
    return bytes.length;
  }) as typeof fs.writeSync);
  restore = () => spy.mockRestore();
});
afterEach(() => {
  restore();
  jest.useRealTimers();
});

function screen(columns = 80) {
  const drawn: string[] = [];
  const draw = (text: string) => {
    drawn.push(text);
  };
  return { screen: new Screen({ draw, columns: () => columns, monotonic: () => Date.now() }), drawn };
}

const CLEAR = "\r\u001B[K";

test("it is drawn again each second, in one line that fits", () => {
  const { screen: shown, drawn } = screen(24);
  shown.phase("live");
  shown.sign();
  jest.advanceTimersByTime(2_000);
  shown.close();
  expect(drawn).toEqual([
    `${CLEAR}live · 0 messages`,
    `${CLEAR}live · 0 messages · hea`,
    `${CLEAR}live · 0 messages · hea`,
    `${CLEAR}live · 0 messages · hea`,
    CLEAR,
  ]);
  jest.advanceTimersByTime(5_000);
  expect(drawn).toHaveLength(5);
});

test("it is gone while a message is handled or a note is written, and counts what was handled", async () => {
  const { screen: shown, drawn } = screen();
  shown.phase("live");
  await shown.during(async () => {
    expect(drawn.at(-1)).toBe(CLEAR);
    const before = drawn.length;
    shown.note("a note");
    shown.sign();
    jest.advanceTimersByTime(3_000);
    expect(drawn).toHaveLength(before);
    return true;
  });
  expect(drawn.at(-1)).toStartWith(`${CLEAR}live · 1 message · `);
  await shown.during(async () => false);
  expect(drawn.at(-1)).toStartWith(`${CLEAR}live · 1 message · `);
  shown.note("another");
  expect(drawn.slice(-2)).toEqual([CLEAR, expect.stringContaining("live")]);
  shown.close();
  expect(stderr).toBe("a note\nanother\n");
});

test("without a terminal there are only notes, in which nothing controls one", () => {
  const shown = new Screen({ draw: null, columns: () => 80, monotonic: () => 0 });
  shown.phase("live");
  shown.note("the server said \u001B[31m");
  shown.close();
  expect(stderr).toBe("the server said \\u001b[31m\n");
});

test("that nobody reads the notes ends nothing", () => {
  restore();
  const gone = Object.assign(new Error("broken pipe"), { code: "EPIPE" });
  const spy = spyOn(fs, "writeSync").mockImplementation(() => {
    throw gone;
  });
  restore = () => spy.mockRestore();
  const shown = new Screen({ draw: null, columns: () => 80, monotonic: () => 0 });
  shown.note("unheard");
  shown.close();
});
