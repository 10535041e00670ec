/** Times from outside: the same instant whatever zone this machine is in, and no day that does not exist. */
import { expect, test } from "bun:test";
import { parseTime } from "../../src/values/time.ts";

test("a time without a zone is UTC, and every way to write a zone is read", () => {
  const utc = Date.UTC(2026, 4, 22, 18, 30);
  for (const text of [
    "2026-05-22T18:30",
    "2026-05-22T18:30:00Z",
    "2026-05-22T20:30+02:00",
    "2026-05-22T20:30 0200",
    "2026-05-22T20:30+02",
  ])
    expect(parseTime(text), text).toBe(utc);
});

test("days that do not exist do not roll over", () => {
  for (const text of ["2026-02-30", "2026-04-31T10:00Z", "2025-02-29", "1", "-1", ""])
    expect(parseTime(text), text).toBeNull();
  expect(parseTime("2024-02-29")).toBe(Date.UTC(2024, 1, 29));
});
