/** One contract of the write function, held by the connection itself and by the thread that writes. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { Connection } from "../../src/database/connection.ts";
import type { Write } from "../../src/database/result.ts";
import { PATIENT, SERVING } from "../../src/database/roles.ts";
import { DatabaseThread } from "../../src/database/thread.ts";
import { atTheEnd, emptyFolder } from "../harness/cleanup.ts";

interface Writing {
  readonly write: Write;
  readonly close: () => Promise<void>;
}

const IMPLEMENTATIONS: Record<string, (url: string) => Writing> = {
  "Connection.write": (url) => new Connection({ url, authToken: null }, PATIENT),
  "OffThread.write": (url) => new DatabaseThread({ url, authToken: null }, "writing"),
};

const TABLE = "CREATE TABLE things (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, worth)";
/** `expect(…).rejects` blocks the event loop, and with it what a thread would answer. */
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error: Error & { code?: string }) => error,
  );
const add = (name: string | null, worth: string | number | null = null) => ({
  sql: "INSERT INTO things (name, worth) VALUES (?, ?) RETURNING id, name, worth",
  args: [name, worth],
});

for (const [name, open] of Object.entries(IMPLEMENTATIONS)) {
  const start = async () => {
    const url = `file:${join(emptyFolder(), "inlet.db")}`;
    const writing = open(url);
    const witness = new Connection({ url, authToken: null }, SERVING);
    atTheEnd(async () => {
      await writing.close();
      await witness.close();
    });
    await writing.write([TABLE]);
    const names = async () =>
      (await witness.read("SELECT name FROM things ORDER BY id")).rows.map((row) => row.name);
    return { ...writing, write: writing.write, close: () => writing.close(), names };
  };

  describe(name, () => {
    test("answers each statement in its order, with its rows", async () => {
      const { write } = await start();
      const results = await write([
        add("a"),
        "SELECT 1 AS one, 2 AS two UNION ALL SELECT 3, 4",
        "UPDATE things SET worth = 7",
        add("b", 2.5),
        "DELETE FROM things WHERE name = 'a' RETURNING name",
      ]);
      expect(
        results.map(({ rows }) => rows.map((row) => [row.id, row.name, row.worth, row.one, row.two])),
      ).toEqual([
        [[1, "a", null, undefined, undefined]],
        [
          [undefined, undefined, undefined, 1, 2],
          [undefined, undefined, undefined, 3, 4],
        ],
        [],
        [[2, "b", 2.5, undefined, undefined]],
        [[undefined, "a", undefined, undefined, undefined]],
      ]);
    });

    // libSQL counts nothing for a statement with RETURNING: there the rows are the number.
    test("tells how many rows each statement changed", async () => {
      const { write } = await start();
      const results = await write([
        "INSERT INTO things (name) VALUES ('a'), ('b'), ('c')",
        "UPDATE things SET worth = 7 WHERE name < 'c'",
        "UPDATE things SET worth = 8 WHERE name = 'nobody'",
        "INSERT INTO things (name) VALUES ('c') ON CONFLICT DO NOTHING",
        "DELETE FROM things",
      ]);
      expect(results.map(({ rowsAffected }) => rowsAffected)).toEqual([3, 2, 0, 0, 3]);
    });

    test("gives back every kind of value as it was given", async () => {
      const { write } = await start();
      const values = ["", "ünï 😀 \uFFFD\u2028", 0, -1, 2 ** 53 - 1, 1e-300, null];
      const results = await write(values.map((value, i) => add(`n${i}`, value)));
      expect(results.map(({ rows }) => rows[0]?.worth)).toEqual(values);
    });

    test("rolls the whole transaction back when one statement fails", async () => {
      const { write, names } = await start();
      await write([add("kept")]);
      const error = await failure(write([add("gone"), add("kept"), add("never")]));
      expect(error?.code).toStartWith("SQLITE_CONSTRAINT");
      expect(await names()).toEqual(["kept"]);
    });

    test("rejects a statement that is not SQL, with a code", async () => {
      const { write } = await start();
      const error = await failure(write([add("gone"), "INSERT INTO nowhere VALUES (1)"]));
      expect(error?.code).toStartWith("SQLITE_");
    });

    test("works on after each of many failures", async () => {
      const { write, names } = await start();
      const expected: string[] = [];
      for (let i = 0; i < 20; i++) {
        expect((await failure(write([add(`gone ${i}`), "nonsense"])))?.code).toStartWith("SQLITE_");
        await write([add(`kept ${i}`)]);
        expected.push(`kept ${i}`);
      }
      expect(await names()).toEqual(expected);
    });

    test("carries out many at once, each once, and a failing one harms none of the others", async () => {
      const { write, names } = await start();
      const fails = (i: number) => i % 7 === 3;
      const all = Array.from({ length: 60 }, (_, i) => i);
      const settled = await Promise.allSettled(
        all.map((i) => write(fails(i) ? ["nonsense"] : [add(`${i}`)])),
      );
      expect(settled.map(({ status }) => status)).toEqual(
        all.map((i) => (fails(i) ? "rejected" : "fulfilled")),
      );
      expect((await names()).map(Number).sort((a, b) => a - b)).toEqual(all.filter((i) => !fails(i)));
    });

    test("has committed when it resolves: another connection sees it at once", async () => {
      const { write, names } = await start();
      for (let i = 1; i <= 50; i++) {
        await write([add(`${i}`)]);
        expect(await names()).toHaveLength(i);
      }
    });

    test("rejects once it is closed, and writes nothing more", async () => {
      const { write, close, names } = await start();
      await write([add("before")]);
      await close();
      expect(String(await failure(write([add("after")])))).toContain("closed");
      expect(await names()).toEqual(["before"]);
    });
  });
}
