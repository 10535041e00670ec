/** Acknowledged means kept: the server is killed at random moments while everybody writes. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { emptyFolder } from "../harness/cleanup.ts";
import { inletJson } from "../harness/cli.ts";
import { faultsOf, rowsOf, Sender } from "../harness/senders.ts";
import { addKey, addTenant, type Server, startServer } from "../harness/server.ts";
import { connect, type Received, type StreamClient } from "../harness/stream.ts";
import { telnyxKey } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(120_000);
const LONG_MS = 60_000;
const ROUNDS = 4;
const SENDERS = 20;

/** Commands that write, one after the other, until `over`. Resolves to what they printed. */
async function commands(
  folder: string,
  over: () => boolean,
  args: (n: number) => string[],
): Promise<unknown[]> {
  const printed: unknown[] = [];
  while (!over()) printed.push(await inletJson(folder, args(printed.length)));
  return printed;
}

const shown = (events: readonly Received[]) =>
  events
    .filter(({ event }) => event === "sms_received")
    .map(({ id, data }) => `${id?.split("-")[1]} ${data.body}`);

test("what was answered 200 survives every kill, and is streamed once and in order", async () => {
  const folder = emptyFolder();
  const telnyx = telnyxKey();
  const user = await addTenant(folder, "+14155550001");
  const team = await addTenant(folder, "+14155550002", "team");
  const other = await addTenant(folder, "+14155550003");
  const idle = await inletJson<{ id: number }>(folder, [
    "accounts",
    "create",
    "--kind",
    "team",
    "--name",
    "idle",
  ]);
  await inletJson(folder, [
    "members",
    "add",
    "--team",
    String(team.accountId),
    "--user",
    String(user.accountId),
  ]);
  const { key } = await addKey(folder, user.accountId);
  const visible = [user.number, team.number];
  const numbers = [...visible, other.number];
  const senders = Array.from({ length: SENDERS }, (_, i) => new Sender(i, numbers[i % 3] ?? ""));

  let finished = false;
  const over = () => finished;
  const membership = ["--team", String(idle.id), "--user", String(user.accountId)];
  const writing = Promise.all([
    commands(folder, over, () => [
      "keys",
      "create",
      "--account",
      String(other.accountId),
      "--scope",
      "sms:read",
    ]),
    commands(folder, over, (n) => [
      "numbers",
      "add",
      `+1415556${1000 + n}`,
      "--account",
      String(other.accountId),
    ]),
    commands(folder, over, (n) => ["members", n % 2 ? "remove" : "add", ...membership]),
  ]);

  const acknowledged: string[] = [];
  /** What one client got that came back after each kill with the last id it had. */
  const followed: Received[] = [];
  let lastEventId: string | undefined;
  const follow = async (server: Server): Promise<StreamClient> => {
    const resumed = await connect(server.url, {
      key,
      ...(lastEventId ? { lastEventId } : { query: "?since=all" }),
    });
    expect(resumed.of("gap")).toEqual([]);
    return resumed;
  };

  for (let round = 0; round < ROUNDS; round++) {
    const server = await startServer({ folder, telnyx });
    const follower = await follow(server);
    const target = acknowledged.length + SENDERS + Math.floor(Math.random() * 1_500);
    const sending = Promise.all(senders.map((sender) => sender.run(server, acknowledged)));
    await until(`${target} are acknowledged`, () => acknowledged.length >= target, LONG_MS);
    await server.kill();
    await sending;
    await follower.end();
    followed.push(...follower.events);
    lastEventId = follower.lastEventId;
    expect(faultsOf(rowsOf(folder), acknowledged, senders)).toEqual([]);
  }
  finished = true;
  const [keys, added] = await writing;

  const server = await startServer({ folder, telnyx });
  const rows = rowsOf(folder);
  expect(faultsOf(rows, acknowledged, senders)).toEqual([]);
  const inSight = rows.filter(({ to }) => visible.includes(to)).map(({ seq, body }) => `${seq} ${body}`);
  const [fresh, follower] = [await connect(server.url, { key, query: "?since=all" }), await follow(server)];
  await Promise.all([fresh.event("caught_up", LONG_MS), follower.event("caught_up", LONG_MS)]);
  expect(shown(fresh.events)).toEqual(inSight);
  expect(shown([...followed, ...follower.events])).toEqual(inSight);

  const listed = async (what: string, field: string) =>
    (await inletJson<Record<string, unknown>[]>(folder, [what, "list"])).map((one) => one[field]);
  const told = (printed: unknown[] | undefined, field: string) =>
    (printed ?? []).map((one) => (one as Record<string, unknown>)[field]);
  expect(await listed("keys", "id")).toEqual(expect.arrayContaining(told(keys, "id")));
  expect(await listed("numbers", "number")).toEqual(expect.arrayContaining(told(added, "number")));
  expect(keys?.length).toBeGreaterThan(0);
  expect(await server.stop()).toBe(0);
});
