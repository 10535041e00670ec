/** What of a message reaches the screen: visible, bounded, in no one's way. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { age, ago, clockTime, dayName, exactTime } from "../../../src/console/page/clock.ts";
import { parseKey } from "../../../src/console/page/key.ts";
import { readMessage } from "../../../src/console/page/message.ts";
import {
  beginning,
  oneLine,
  readable,
  readableSize,
  safeUrl,
  visible,
} from "../../../src/console/page/text.ts";
import { generateKey } from "../../../src/keys/key.ts";

test("numbers are grouped as people group them, and anything else stays as it is", () => {
  expect(readable("+14155551234")).toBe("+1 415 555 1234");
  expect(readable("+442071838750")).toBe("+44 20 7183 8750");
  expect(readable("72345")).toBe("72345");
  expect(readable("PARCEL")).toBe("PARCEL");
  expect(readable("+999")).toBe("+999");
  expect(readable("evil\u202eeman")).toBe("evil\ufffdeman");
});

test("control characters are seen, and line breaks and tabs kept", () => {
  expect(visible("a\0b\x1bc\x7fd\x85e\u2028f")).toBe("a\u2400b\u241bc\u2421d\ufffde\ufffdf");
  expect(visible("one\r\ntwo\rthree\n\tfour")).toBe("one\ntwo\nthree\n\tfour");
  expect(oneLine("a\n\tb  c\u202ed")).toBe("a b c\ufffdd");
  fc.assert(
    fc.property(fc.uint16Array(), (units) => {
      const text = String.fromCharCode(...units); // lone surrogates among them
      expect(visible(text)).not.toMatch(/(?![\n\t])\p{Cc}/u);
      expect(oneLine(text)).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u);
    }),
  );
});

test("a long body begins with less than half a character of itself lost", () => {
  expect(beginning("x".repeat(900))).toBeNull();
  expect(beginning("x".repeat(10_000))).toBe("x".repeat(700));
  expect(beginning(`${"x".repeat(699)}${"🙏".repeat(1_000)}`)).toBe("x".repeat(699));
});

test("only http and https are links", () => {
  expect(safeUrl("https://media.example.com/a.jpg")?.host).toBe("media.example.com");
  expect(safeUrl("http://media.example.com/a.jpg")).not.toBeNull();
  for (const url of [
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "/a",
    "//a/b",
    "blob:x",
    "",
  ])
    expect(safeUrl(url), url).toBeNull();
  expect(safeUrl("java\nscript:alert(1)")).toBeNull();
});

test("sizes and ages are rounded to what people ask for", () => {
  expect([0, 999, 1_000, 248_211, 1_948_211].map(readableSize)).toEqual([
    "0 B",
    "999 B",
    "1 KB",
    "248 KB",
    "1.9 MB",
  ]);
  expect([Number.NaN, -1].map(readableSize)).toEqual(["", ""]);
  expect([-5, 0, 59_999, 60_000, 7_200_000].map(age)).toEqual(["0 s", "0 s", "59 s", "1 min", "2 h"]);
});

test("times go by the clock under the name of their day, or say how long ago, and never the future", () => {
  const now = new Date(2026, 10, 25, 14, 30);
  const at = (...parts: [number, number, number, number, number]) => {
    const time = new Date(...parts);
    return [dayName(time, now), clockTime(time, now), ago(time, now)];
  };
  expect(at(2026, 10, 25, 14, 31)).toEqual(["Today", "14:31:00", "just now"]);
  expect(at(2026, 10, 25, 14, 18)).toEqual(["Today", "14:18:00", "12 min ago"]);
  expect(at(2026, 10, 25, 9, 5)).toEqual(["Today", "09:05", "5 h ago"]);
  expect(at(2026, 10, 24, 23, 59)).toEqual(["Yesterday", "23:59", "14 h ago"]);
  expect(at(2026, 9, 1, 8, 0)).toEqual(["Thursday 1 October", "08:00", "55 d ago"]);
  expect(at(2025, 9, 1, 8, 0)).toEqual(["Wednesday 1 October 2025", "08:00", "420 d ago"]);
  expect(exactTime("nonsense")).toBe("nonsense");
  expect(exactTime("2026-11-25T14:30:05.000Z")).toContain("2026");
});

test("a key is taken as it is pasted, and nothing else is taken for one", () => {
  const key = generateKey();
  for (const pasted of [key, ` ${key}\n`, `Bearer ${key}`]) expect(parseKey(pasted)).toBe(key);
  for (const other of ["", key.slice(1), `${key}x`, `${key} ${key}`, "inlet_ä", `${key}\r\nx: y`])
    expect(parseKey(other), other).toBeNull();
});

test("what is no message is not shown as one", () => {
  const whole = { message_id: "m", from: "a", to: "b", body: "", received_at: "c" };
  expect(readMessage(whole)).toEqual(whole);
  expect(
    readMessage({ ...whole, spam: "yes", cc: ["a", 1], media: [{ url: 1 }, { url: "u", size: "x" }] }),
  ).toEqual({
    ...whole,
    cc: ["a"],
    media: [{ url: "u" }],
  });
  fc.assert(fc.property(fc.anything(), (value) => readMessage(value) === null || true));
  for (const name of Object.keys(whole)) expect(readMessage({ ...whole, [name]: 1 })).toBeNull();
});
