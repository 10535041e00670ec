/** Clients that stop reading: each delays only itself, costs the server nothing, and gets everything when it reads on. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { addTenant, type Server, startServer } from "../../harness/server.ts";
import { connect, openStream } from "../../harness/stream.ts";
import { until } from "../../harness/until.ts";
import { RawStream } from "./raw.ts";
import { difference, NO_DIFFERENCE, positions, pour, send, texts } from "./texts.ts";

setDefaultTimeout(120_000);

/** 30 MB of texts: several times what the kernel holds for a socket, and what the server keeps of recent texts. */
const COUNT = 3_000;
const LENGTH = 10_000;
const READERS = 30;
/** How long 30 MB may take on a busy machine. */
const BUSY_MS = 60_000;

test("a client that stops reading while thousands of texts pour in gets them all, in order, when it reads", async () => {
  const server = await startServer();
  const tenant = await addTenant(server.folder, "+14155550601");
  const fast = await connect(server.url, { key: tenant.key });
  const slow = await new RawStream(server.url, { key: tenant.key }).connected();
  const sent = texts(COUNT, LENGTH);
  slow.pause();
  await pour(server, tenant, sent);
  await fast.messageCount(COUNT, BUSY_MS);
  expect(slow.bodies.length).toBeLessThan(COUNT / 2);

  slow.resume();
  await until("it reads again", () => slow.bodies.length > COUNT / 2, BUSY_MS);
  await send(server, tenant, "while it catches up");
  await until("the last text", () => slow.bodies.at(-1) === "while it catches up", BUSY_MS);
  await send(server, tenant, "live");
  await until("a live text", () => slow.bodies.at(-1) === "live");
  await fast.messageCount(COUNT + 2);
  expect(slow.bodies.join() === fast.bodies.join()).toBe(true);
  expect(positions(slow.events)).toEqual(positions(slow.events).toSorted((a, b) => a - b));
  expect(difference(slow.bodies, [...sent, "while it catches up", "live"])).toEqual(NO_DIFFERENCE);
  expect(slow.events.map(({ event }) => event)).not.toContain("closing");
  await server.kill();
});

test("many clients that do not read their replay cost the server little of what they leave unread", async () => {
  const server = await startServer({ env: { STREAM_HEARTBEAT_SECONDS: "4" } });
  const tenant = await addTenant(server.folder, "+14155550602");
  const sent = texts(COUNT, LENGTH);
  await pour(server, tenant, sent.slice(500));
  const before = residentBytes(server);
  const readers = Array.from(
    { length: READERS },
    () => new RawStream(server.url, { key: tenant.key, query: "?since=all" }),
  );
  for (const reader of readers) {
    await reader.connected();
    reader.pause();
  }
  const watch = await connect(server.url, { key: tenant.key });
  await pour(server, tenant, sent.slice(0, 500));
  let most = 0;
  await until("a heartbeat later", () => {
    most = Math.max(most, residentBytes(server));
    return watch.comments.length > 0;
  });
  expect(most - before).toBeLessThan((READERS * COUNT * LENGTH) / 2);
  for (const reader of readers.slice(1)) reader.destroy();
  readers[0]?.resume();
  await until("everything", () => readers[0]?.bodies.length === COUNT, BUSY_MS);
  expect(difference(readers[0]?.bodies ?? [], sent)).toEqual(NO_DIFFERENCE);
  await server.kill();
});

test("a client whose socket stays full for several heartbeats is cut, and resumes", async () => {
  const server = await startServer({ env: { STREAM_HEARTBEAT_SECONDS: "0.2", MAX_STREAMS_PER_KEY: "1" } });
  const tenant = await addTenant(server.folder, "+14155550603");
  const stuck = await new RawStream(server.url, { key: tenant.key }).connected();
  stuck.pause();
  const sent = texts(COUNT, LENGTH);
  await pour(server, tenant, sent);
  const next = await until("its place is free", async () => {
    const opened = await openStream(server.url, { key: tenant.key });
    return opened.response.status === 200 ? opened : null;
  });
  next.close();
  stuck.resume();
  await until("the end of what it was sent", () => stuck.closed, BUSY_MS);
  expect(stuck.bodies.length).toBeLessThan(COUNT);
  const received = [...stuck.bodies];
  const { lastEventId } = stuck;
  const back = new RawStream(server.url, { key: tenant.key, lastEventId });
  await until("caught up", () => back.has("caught_up"), BUSY_MS);
  received.push(...back.bodies);
  expect(difference(received, sent)).toEqual(NO_DIFFERENCE);
  await server.kill();
});

function residentBytes({ pid }: Server): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}
