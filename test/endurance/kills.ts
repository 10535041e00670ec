/** `kill -9` of two processes over one file, at a random moment, while commands write: what was acknowledged is kept. */
import { binary } from "../harness/binary.ts";
import { emptyFolder } from "../harness/cleanup.ts";
import { bareEnv, inletJson } from "../harness/cli.ts";
import { faultsOf, rowsOf, Sender } from "../harness/senders.ts";
import { addTenant, type Server, startServer } from "../harness/server.ts";
import { connect, type Received } from "../harness/stream.ts";
import { telnyxKey } from "../harness/telnyx.ts";
import type { Outcome, Trial } from "./trial.ts";

const SENDERS = 12;
const MAX_MS = 800;
const LONG_MS = 60_000;

/** A command that creates a key, again and again; what it printed, until `isOver`: the last is killed, too, or ends by itself. */
async function createKeys(folder: string, accountId: number, printed: number[], isOver: () => boolean) {
  const args = ["keys", "create", "--account", String(accountId), "--scope", "sms:read", "--json"];
  while (!isOver()) {
    const child = Bun.spawn([await binary(), ...args], {
      cwd: folder,
      env: bareEnv(),
      stdio: ["ignore", "pipe", "ignore"],
    });
    const isKilled = Math.random() < 0.5;
    const timer = setInterval(() => isKilled && isOver() && child.kill("SIGKILL"), 5);
    const output = await new Response(child.stdout).text();
    await child.exited;
    clearInterval(timer);
    if (output.endsWith("}\n")) printed.push((JSON.parse(output) as { id: number }).id);
  }
}

async function run(isOver: () => boolean): Promise<Outcome> {
  const folder = emptyFolder();
  const telnyx = telnyxKey();
  const { key, number, accountId } = await addTenant(folder, "+14155550001");
  const senders = Array.from({ length: SENDERS }, (_, i) => new Sender(i, number));
  const acknowledged: string[] = [];
  const followed: Received[] = [];
  const keys: number[] = [];
  const faults: string[] = [];
  let lastEventId: string | undefined;
  let rounds = 0;
  const follow = (server: Server) =>
    connect(server.url, { key, ...(lastEventId ? { lastEventId } : { query: "?since=all" }) });
  do {
    const servers = await Promise.all([startServer({ folder, telnyx }), startServer({ folder, telnyx })]);
    const [first, second] = rounds++ % 2 ? servers : servers.toReversed();
    if (!first || !second) break;
    const follower = await follow(first);
    let isKilled = false;
    const sending = senders.map((sender, i) => sender.run(i % 2 ? first : second, acknowledged));
    const commands = createKeys(folder, accountId, keys, () => isKilled);
    await Bun.sleep(Math.random() * MAX_MS);
    isKilled = true;
    await Promise.all([first.kill(), second.kill()]);
    await Promise.all([...sending, commands]);
    await follower.end();
    if (follower.of("gap").length > 0) faults.push(`round ${rounds}: a gap`);
    followed.push(...follower.events);
    lastEventId = follower.lastEventId;
    faults.push(
      ...faultsOf(rowsOf(folder), acknowledged, senders).map((fault) => `round ${rounds}: ${fault}`),
    );
  } while (!isOver() && faults.length === 0);

  const server = await startServer({ folder, telnyx });
  const follower = await follow(server);
  await follower.event("caught_up", LONG_MS);
  followed.push(...follower.events);
  await server.kill();
  const rows = rowsOf(folder).map(({ seq, body }) => `${seq} ${body}`);
  const shown = followed
    .filter(({ event }) => event === "sms_received")
    .map(({ id, data }) => `${id?.split("-")[1]} ${data.body}`);
  if (shown.join() !== rows.join())
    faults.push(`a stream showed ${shown.length} messages of ${rows.length}, or in another order`);
  const listed = new Set((await inletJson<{ id: number }[]>(folder, ["keys", "list"])).map(({ id }) => id));
  faults.push(...keys.filter((id) => !listed.has(id)).map((id) => `key ${id} was printed and is not there`));
  const figures = { kills: 2 * rounds, acknowledged: acknowledged.length, deliveries: shown.length };
  return { figures: { ...figures, keysCreated: keys.length }, faults };
}

export const kills: Trial = { name: "kills", run };
