/** Events that could not be read are kept as they came: in a bounded number, and of bounded size. */
import { afterAll, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { openDatabase } from "../../src/database/open.ts";
import { UnreadableEvents } from "../../src/telnyx/unreadable.ts";
import { emptyFolder } from "../harness/cleanup.ts";

const database = await openDatabase({ url: `file:${join(emptyFolder(), "inlet.db")}`, authToken: null });
afterAll(database.close);
const events = new UnreadableEvents(database.write);

beforeEach(async () => {
  await database.write(["DELETE FROM unreadable_events"]);
});

async function kept(): Promise<readonly string[]> {
  const { rows } = await database.read(
    "SELECT substr(body, 1, 8) AS body FROM unreadable_events ORDER BY id",
  );
  return rows.map(({ body }) => String(body).trim());
}

test("of a flood the newest thousand are kept, each once however often it comes", async () => {
  const many = `INSERT INTO unreadable_events (hash, reason, body, stored_at)
    WITH RECURSIVE n AS (SELECT 0 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 999)
    SELECT i, 'why', 'event ' || i, 0 FROM n`;
  await database.write([many]);
  for (let i = 1_000; i < 1_010; i++) await events.keep(`event ${i}`, "why");
  for (let i = 1_000; i < 1_010; i++) await events.keep(`event ${i}`, "why");
  const names = await kept();
  expect([names.length, names[0], names.at(-1)]).toEqual([1_000, "event 10", "event 1009".slice(0, 8)]);
});

test("of large ones as many as have 64 MiB together, and the newest whatever it has", async () => {
  for (let i = 0; i < 70; i++) await events.keep(`${i}`.padEnd(1024 * 1024), "why");
  const names = await kept();
  expect([names.length, names[0], names.at(-1)]).toEqual([64, "6", "69"]);
  await events.keep("small", "why");
  expect((await kept()).slice(-2)).toEqual(["69", "small"]);
}, 30_000);

test("while fifty wait, the next is told to come back", async () => {
  const waiting = Array.from({ length: 51 }, (_, i) => events.keep(`event ${i}`, "why"));
  const outcomes = await Promise.allSettled(waiting);
  expect(outcomes.map(({ status }) => status)).toEqual([...Array(50).fill("fulfilled"), "rejected"]);
});
