/** What a command line may hold where `inlet tail` reads it. */
import { expect, test } from "bun:test";
import {
  aPath,
  aServerUrl,
  aShellLine,
  aStart,
  aWait,
  aWebhookUrl,
  someNumbers,
} from "../../src/commands/arguments.ts";

test("a stream starts at a time, so long ago, or with everything", () => {
  expect(aStart("all")).toBe("all");
  expect(aStart("90s")).toEqual({ durationMs: 90_000 });
  expect(aStart("2026-05-22T20:30:00+02:00")).toEqual({ time: "2026-05-22T18:30:00.000Z" });
  for (const wrong of ["", "ALL", "yesterday", "10", "-5m"]) expect(() => aStart(wrong)).toThrow("or all");
});

test("a wait is one that a timer can hold", () => {
  expect(aWait("1s")).toBe(1_000);
  expect(aWait("24d")).toBe(24 * 86_400_000);
  for (const wrong of ["0s", "25d", "36500d"]) expect(() => aWait(wrong)).toThrow("from 1s to 24d");
});

test("numbers are gathered, each once, and no more than a stream takes", () => {
  let numbers: readonly string[] = [];
  for (const text of ["+14155551234", "+1 (415) 555-1234", "72345"]) numbers = someNumbers(text, numbers);
  expect(numbers).toEqual(["+14155551234", "72345"]);
  expect(() => someNumbers("12", [])).toThrow("E.164");
  const full = Array.from({ length: 200 }, (_, i) => String(10_000 + i));
  expect(() => someNumbers("72345", full)).toThrow("At most 200");
});

test("a server's address carries no name and no password, no query and no blank", () => {
  expect(aServerUrl("https://sms.example.com/base")).toBe("https://sms.example.com/base");
  for (const wrong of [
    "sms.example.com",
    "ftp://a",
    "http://u:p@a",
    "http://a?b",
    "http://a#b",
    "http://a b",
    "http://",
  ])
    expect(() => aServerUrl(wrong)).toThrow("is not a URL");
});

test("a path and a line of shell are not empty, end somewhere, and hold no NUL", () => {
  expect(aPath("-")).toBe("-");
  expect(aShellLine("cat > 'a b' && true")).toBe("cat > 'a b' && true");
  for (const wrong of ["", "a\0b", "x".repeat(4_097)])
    expect(() => aPath(wrong)).toThrow("the path of a file");
  for (const wrong of ["", " \n", "a\0b", "x".repeat(100_001)])
    expect(() => aShellLine(wrong)).toThrow("a command of 1 to 100000 characters");
});

test("a webhook's address ends as ours does, and is encrypted where others are on the way", () => {
  const given: [string, string][] = [
    ["https://SMS.example.com", "https://sms.example.com/webhooks/telnyx"],
    ["https://sms.example.com/", "https://sms.example.com/webhooks/telnyx"],
    ["https://sms.example.com:8443/base//", "https://sms.example.com:8443/base/webhooks/telnyx"],
    ["https://sms.example.com/webhooks/telnyx/", "https://sms.example.com/webhooks/telnyx"],
    ["http://localhost:3000", "http://localhost:3000/webhooks/telnyx"],
    ["http://127.1:3000", "http://127.0.0.1:3000/webhooks/telnyx"],
    ["http://192.168.1.2", "http://192.168.1.2/webhooks/telnyx"],
    ["http://[fd00::1]", "http://[fd00::1]/webhooks/telnyx"],
    ["http://[::ffff:10.0.0.1]", "http://[::ffff:a00:1]/webhooks/telnyx"],
  ];
  for (const [text, url] of given) expect(aWebhookUrl(text)).toBe(url);
  for (const wrong of [
    "https://u:p@a",
    "https://a?b",
    "https://a#b",
    "https://a b",
    "a",
    "https://",
    `https://a/${"b".repeat(2_048)}`,
  ])
    expect(() => aWebhookUrl(wrong), wrong).toThrow("without a user");
  for (const wrong of [
    "http://sms.example.com",
    "http://8.8.8.8",
    "http://[2001:4860::1]",
    "http://localhost.example.com",
    "http://0.0.0.0",
  ])
    expect(() => aWebhookUrl(wrong), wrong).toThrow("private addresses");
});
