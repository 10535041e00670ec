/** Acknowledged means kept: the server is killed at random moments while everybody writes. */
import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { emptyFolder } from "../harness/cleanup.ts";
import { inletJson } from "../harness/cli.ts";
import { addKey, addTenant, type Server, startServer } from "../harness/server.ts";
import { connect, type Received, type StreamClient } from "../harness/stream.ts";
import { sendWebhook, smsEvent, telnyxKey } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(120_000);
const LONG_MS = 60_000;
const ROUNDS = 4;
const SENDERS = 20;

/** Plays one of Telnyx's connections: sends text after text, and each until it is acknowledged. */
class Sender {
  readonly #name: number;
  readonly #to: string;
  #event: unknown = null;
  #text = "";
  #sent = 0;

  constructor(name: number, to: string) {
    this.#name = name;
    this.#to = to;
  }

  /** The text that was sent and not acknowledged: it may be stored or not. */
  get open(): string | null {
    return this.#event === null ? null : this.#text;
  }

  /** Sends until the server is gone. */
  async run({ url, telnyx }: Server, acknowledged: string[]): Promise<void> {
    for (;;) {
      if (this.#event === null) {
        this.#text = `${this.#name}:${++this.#sent}`;
        this.#event = smsEvent(this.#to, this.#text);
      }
      const response = await sendWebhook(url, telnyx, this.#event).catch(() => null);
      if (response === null) return;
      expect([200, 503]).toContain(response.status);
      const answer = await response.text().catch(() => null);
      if (response.status !== 200 || answer === null) continue;
      expect(["stored", "duplicate"]).toContain(JSON.parse(answer).data.outcome);
      acknowledged.push(this.#text);
      this.#event = null;
    }
  }
}

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

interface Row {
  readonly seq: number;
  readonly body: string;
  readonly to: string;
}

/** What is in the file, read by somebody else's SQLite. */
function rowsOf(folder: string): Row[] {
  const database = new Database(join(folder, "inlet.db"), { readonly: true });
  try {
    // Commands may be recovering the log just now.
    database.run("PRAGMA busy_timeout = 10000");
    expect(database.query("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    return database.query<Row, []>(`SELECT seq, body, "to" FROM messages ORDER BY seq`).all();
  } finally {
    database.close();
  }
}

/** Each acknowledged text is there once; what else is there was sent; each sender's texts are in their order. */
function expectKept(rows: readonly Row[], acknowledged: readonly string[], senders: readonly Sender[]): void {
  const bodies = rows.map(({ body }) => body);
  const stored = new Set(bodies);
  expect(stored.size).toBe(bodies.length);
  expect(acknowledged.filter((text) => !stored.has(text))).toEqual([]);
  const sent = new Set([...acknowledged, ...senders.map(({ open }) => open)]);
  expect(bodies.filter((body) => !sent.has(body))).toEqual([]);
  const last = new Map<string, number>();
  for (const [sender = "", number] of bodies.map((body) => body.split(":"))) {
    expect(Number(number)).toBe((last.get(sender) ?? 0) + 1);
    last.set(sender, Number(number));
  }
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
    expectKept(rowsOf(folder), acknowledged, senders);
  }
  finished = true;
  const [keys, added] = await writing;

  const server = await startServer({ folder, telnyx });
  const rows = rowsOf(folder);
  expectKept(rows, acknowledged, senders);
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
