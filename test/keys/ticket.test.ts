/** Tickets: random, kept as a hash, so many of a key and no more, and of a form that no key has. */
import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { openDatabase } from "../../src/database/open.ts";
import { generateKey, hashKey, isKey } from "../../src/keys/key.ts";
import { createTicket, isTicket, MAX_TICKETS_PER_KEY } from "../../src/keys/ticket.ts";
import { emptyFolder } from "../harness/cleanup.ts";

const NOW = 1_716_000_000_000;

const database = await openDatabase({ url: `file:${join(emptyFolder(), "inlet.db")}`, authToken: null });
afterAll(database.close);

const wanted = (keyId: number) => ({ keyId, to: null, expiresAt: NOW + 60_000 });

test("no two tickets are alike, and the row holds the hash and the numbers", async () => {
  const plain = await createTicket(database, wanted(1), NOW);
  const to = ["+14155550001", "+14155550002"];
  const narrow = await createTicket(database, { ...wanted(1), to }, NOW);
  expect(plain).not.toBe(narrow);
  const { rows } = await database.read(
    'SELECT hash, key_id, "to", created_at, expires_at FROM tickets ORDER BY id',
  );
  const row = { key_id: 1, created_at: NOW, expires_at: NOW + 60_000 };
  expect(rows.map((each) => ({ ...each }))).toEqual([
    { ...row, hash: hashKey(plain ?? ""), to: null },
    { ...row, hash: hashKey(narrow ?? ""), to: JSON.stringify(to) },
  ]);
});

test("a ticket is not a key, and a key is not a ticket", async () => {
  const ticket = (await createTicket(database, wanted(2), NOW)) ?? "";
  expect([isTicket(ticket), isKey(ticket)]).toEqual([true, false]);
  const key = generateKey();
  expect([isTicket(key), isKey(key)]).toEqual([false, true]);
  for (const text of [
    "",
    "ticket_",
    `${ticket}0`,
    ticket.slice(0, -1),
    ` ${ticket}`,
    `${ticket}\n`,
    ticket.toUpperCase(),
  ])
    expect(isTicket(text), text).toBe(false);
});

test("a key that has as many as it may gets no other, however many ask at once, and another key does", async () => {
  const sql = `INSERT INTO tickets (hash, key_id, created_at, expires_at)
    SELECT 'hash ' || key, 3, 0, 0 FROM json_each(?)`;
  const present = JSON.stringify(Array(MAX_TICKETS_PER_KEY - 5).fill(0));
  await database.write([{ sql, args: [present] }]);
  const made = await Promise.all(Array.from({ length: 20 }, () => createTicket(database, wanted(3), NOW)));
  expect(made.filter((ticket) => ticket !== null).length).toBe(5);
  expect(await createTicket(database, wanted(4), NOW)).not.toBeNull();
});
