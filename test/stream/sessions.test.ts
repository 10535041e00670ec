/** A change of the directory is judged session by session, and the event loop turns meanwhile. */
import { expect, test } from "bun:test";
import type { Principal } from "../../src/keys/principal.ts";
import { type Session, Sessions } from "../../src/stream/sessions.ts";

const principal = { scopes: ["sms:read"], version: 2 } as unknown as Principal;

/** Of one key; each takes a millisecond to accept, as one of a key with thousands of accounts may. */
class SlowSession implements Session {
  readonly keyId = 1;
  directoryVersion = 1;
  accepted = 0;
  closed: string | null = null;

  accept({ version }: Principal): void {
    const end = performance.now() + 1;
    while (performance.now() < end);
    this.directoryVersion = version;
    this.accepted++;
  }

  close(reason: string): void {
    this.closed = reason;
  }
}

function open(count: number, found: Map<number, Principal>) {
  const sessions = new Sessions({ current: () => Promise.resolve(found) }, 1);
  const opened = Array.from({ length: count }, () => new SlowSession());
  for (const session of opened) sessions.add(session);
  return { sessions, opened };
}

const count = (opened: readonly SlowSession[]) => opened.filter(({ accepted }) => accepted === 1).length;

test("the sessions of one key, however many, take no longer of one turn than a slice of it", async () => {
  const { sessions, opened } = open(100, new Map([[1, principal]]));
  const judging = sessions.reauthorize(2);
  const seen = [0];
  while ((seen.at(-1) ?? 0) < opened.length) {
    await new Promise((resolve) => setImmediate(resolve));
    seen.push(count(opened));
  }
  await judging;
  const steps = seen.slice(1).map((value, i) => value - (seen[i] ?? 0));
  // A slice has eight; the slower the machine, the fewer.
  expect(Math.max(...steps)).toBeLessThanOrEqual(20);
});

test("one that ends while others are judged is left alone, and the others are not", async () => {
  const { sessions, opened } = open(100, new Map([[1, principal]]));
  const judging = sessions.reauthorize(2);
  await new Promise((resolve) => setImmediate(resolve));
  const [last] = opened.slice(-1);
  expect(last?.accepted).toBe(0);
  if (last) sessions.delete(last);
  await judging;
  expect(last?.accepted).toBe(0);
  expect(count(opened)).toBe(99);
});

test("a key that is gone ends all of its sessions", async () => {
  const { sessions, opened } = open(3, new Map());
  await sessions.reauthorize(2);
  expect(opened.map(({ closed }) => closed)).toEqual(["revoked", "revoked", "revoked"]);
});

test("after a restart nothing is judged by what was read before", async () => {
  const { sessions, opened } = open(100, new Map([[1, principal]]));
  const judging = sessions.reauthorize(2);
  await new Promise((resolve) => setImmediate(resolve));
  sessions.restart(7);
  const before = count(opened);
  await judging;
  expect(count(opened)).toBe(before);
  expect(before).toBeLessThan(100);
});
