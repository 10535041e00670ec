/** Several processes behind one port: whichever took the webhook, every stream gets the message, once. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { METRICS_TOKEN, metrics } from "../harness/metrics.ts";
import { addTenant, startServer } from "../harness/server.ts";
import { connect } from "../harness/stream.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(60_000);

/** The processes whose parent this is. */
function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return (
          readFileSync(`/proc/${name}/stat`, "utf8")
            .replace(/^.*\) /, "")
            .split(" ")[1] === String(pid)
        );
      } catch {
        return false; // gone meanwhile
      }
    })
    .map(Number);
}

/** Ended, if perhaps not waited for: in a container without an init nobody does. */
function hasEnded(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return true;
  }
}

test("workers share a port, and a message reaches the streams of all of them", async () => {
  const server = await startServer({ args: ["--workers", "3"], env: { METRICS_TOKEN } });
  const { key, number } = await addTenant(server.folder, "+14155559999");
  expect(childrenOf(server.pid)).toHaveLength(3);
  const clients = await Promise.all(Array.from({ length: 12 }, () => connect(server.url, { key })));
  const texts = Array.from({ length: 20 }, (_, i) => `text ${i}`);
  for (const text of texts)
    expect(await deliver(server.url, server.telnyx, smsEvent(number, text))).toBe("stored");
  for (const client of clients) {
    await client.messageCount(texts.length);
    expect(client.bodies).toEqual(texts);
  }
  const counts = await metrics(server.url);
  const sum = (name: string) =>
    [1, 2, 3].reduce((all, n) => all + (counts[`${name}{worker="${n}"}`] ?? 0), 0);
  expect(sum("inlet_messages_acknowledged_total")).toBe(texts.length);
  expect(sum("inlet_messages_stored_total")).toBe(texts.length);
  expect(sum("inlet_messages_announced_total")).toBe(3 * texts.length);
  expect(await server.stop()).toBe(0);
  for (const client of clients) await client.event("closing");
});

test("a worker that dies is started again, and all end with their parent, also when it is killed", async () => {
  const server = await startServer({ args: ["--workers", "2"] });
  const [first] = childrenOf(server.pid);
  if (first) process.kill(first, "SIGKILL");
  await until("another worker in its place", () => {
    const now = childrenOf(server.pid);
    return now.length === 2 && !now.includes(first ?? 0);
  });
  const workers = childrenOf(server.pid);
  await server.kill();
  await until("the workers are gone", () => workers.every(hasEnded));
});
