/** What a log may say of an error: enough to find it, and no value that a text or a stranger brought. */
import { afterEach, expect, test } from "bun:test";
import { LibsqlBatchError, LibsqlError } from "@libsql/client";
import { resetSync } from "@logtape/logtape";
import { DrizzleQueryError } from "drizzle-orm/errors";
import fc from "fast-check";
import { errorFields, isDebug, LOG_LEVELS, log, startLog } from "../../src/log/log.ts";

afterEach(() => {
  startLog({ level: "info", format: "json" }, () => undefined);
  resetSync();
});

const SECRET = "the-body-of-a-text";

/** Each as the database's own layers throw it, with a bound value in its message. */
function databaseErrors(value: string): Error[] {
  const libsql = new LibsqlError(`UNIQUE constraint failed: ${value}`, "SQLITE_CONSTRAINT");
  const remote = new LibsqlError(`the server said ${value}`, "SERVER_ERROR");
  const sqlite = Object.assign(new Error(`near ${value}`), { name: "SqliteError", code: "SQLITE_ERROR" });
  const drizzle = new DrizzleQueryError("insert into accounts values (?)", [value], libsql);
  const wrapped = new Error(`writing ${value} failed`, { cause: libsql });
  const without = new DrizzleQueryError("insert into accounts values (?)", [value]);
  const likeAFrame = new DrizzleQueryError("insert", [`\n    at ${value}`], libsql);
  const batch = new LibsqlBatchError(`statement 0: ${value}`, 0, "SERVER_ERROR");
  return [libsql, remote, sqlite, drizzle, wrapped, without, likeAFrame, batch];
}

test("the message of a database's error is never shown", () => {
  for (const error of databaseErrors(SECRET)) {
    expect(error.message).toContain(SECRET);
    expect(JSON.stringify(errorFields(error))).not.toContain(SECRET);
  }
});

test("whatever value was bound, nothing of it is shown", () => {
  const value = fc.stringMatching(/^[A-Z]{12,30}$/);
  fc.assert(
    fc.property(value, fc.string({ unit: "grapheme" }), (value, around) => {
      const bound = `${around.replaceAll("\n", " ")}${value}`;
      for (const error of databaseErrors(bound))
        expect(JSON.stringify(errorFields(error))).not.toContain(value);
    }),
  );
});

test("a database's error is shown by its name, its code and where it was thrown", () => {
  const shown = errorFields(new LibsqlError("a message", "SQLITE_BUSY"));
  expect(shown).toMatchObject({ error: "LibsqlError", code: "SQLITE_BUSY" });
  expect(Object.keys(shown)).toEqual(["error", "code", "at"]);
  expect(JSON.stringify(shown.at)).toContain("log.test.ts");
});

test("another error is shown with its reason, at most five hundred characters of it", () => {
  const shown = errorFields(new TypeError("x is not a function"));
  expect(shown).toMatchObject({ error: "TypeError", reason: "x is not a function" });
  expect(errorFields(new Error("a".repeat(10_000))).reason).toHaveLength(500);
});

test("at most four frames are shown", () => {
  const deep = (levels: number): Error => (levels === 0 ? new Error("deep") : deep(levels - 1));
  expect((errorFields(deep(20)).at as string[]).length).toBeLessThanOrEqual(4);
});

test("what is thrown and is no error is shown by its type alone", () => {
  for (const thrown of [SECRET, { secret: SECRET }, 5, null, undefined])
    expect(errorFields(thrown)).toEqual({ error: typeof thrown });
});

test("a started log writes one line of JSON for each record, from its level upwards", () => {
  const lines: string[] = [];
  startLog({ level: "info", format: "json" }, (line) => lines.push(line));
  log.debug("too fine");
  log.info("listening", { url: "http://127.0.0.1:3000" });
  log.error("one\nline", { text: "a\nb" });
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line.indexOf("\n")).toBe(line.length - 1);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    level: "INFO",
    message: "listening",
    properties: { url: "http://127.0.0.1:3000" },
  });
});

test("debug lines are wanted from debug downwards", () => {
  const wanted = LOG_LEVELS.filter((level) => {
    startLog({ level, format: "pretty" }, () => undefined);
    return isDebug();
  });
  expect(wanted).toEqual(["trace", "debug"]);
});

test("until it is started, a log writes nothing and throws nothing", () => {
  expect(() => log.fatal("nobody hears this")).not.toThrow();
});
