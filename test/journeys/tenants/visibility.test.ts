/** Who sees what while members come and go and numbers move: on open streams, on those behind, and on a return. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { inletJson } from "../../harness/cli.ts";
import { addTenant, type Server, startServer, type Tenant } from "../../harness/server.ts";
import { connect, openStream } from "../../harness/stream.ts";
import { until } from "../../harness/until.ts";
import { RawStream } from "../stream/raw.ts";
import { send, texts } from "../stream/texts.ts";

setDefaultTimeout(120_000);

/** Together more than the kernel takes for a socket that is not read. */
const LARGE = texts(60, 900_000);

async function teamsOf(server: Server, { key }: Tenant): Promise<number> {
  const response = await fetch(`${server.url}/v1/me`, { headers: { authorization: `Bearer ${key}` } });
  return ((await response.json()) as { data: { teams: unknown[] } }).data.teams.length;
}

/** By a command, and until the server's process knows of it. */
async function member(server: Server, what: "add" | "remove", team: Tenant, user: Tenant): Promise<void> {
  await inletJson(server.folder, [
    "members",
    what,
    "--team",
    `${team.accountId}`,
    "--user",
    `${user.accountId}`,
  ]);
  await until("it is known", async () => (await teamsOf(server, user)) === (what === "add" ? 1 : 0));
}

test("a stream that is behind when its user joins a team gets the team's texts from then on", async () => {
  const server = await startServer();
  const user = await addTenant(server.folder, "+14155550701");
  const team = await addTenant(server.folder, "+14155550702", "team");
  const slow = await new RawStream(server.url, { key: user.key }).connected();
  slow.pause();
  await send(server, user, ...LARGE);
  await send(server, team, "before it joined");
  await member(server, "add", team, user);
  // Its own stream, which is live, is judged in the same turn.
  await send(server, team, "after it joined");
  await send(server, user, "the last");
  slow.resume();
  await until("the last text", () => slow.bodies.at(-1) === "the last", 60_000);
  expect(slow.bodies.filter((body) => body.length < 100)).toEqual(["after it joined", "the last"]);
  expect(slow.bodies.length).toBe(LARGE.length + 2);
  await server.kill();
});

test("one that is behind when its user leaves the team is sent nothing more of the team's", async () => {
  const server = await startServer();
  const user = await addTenant(server.folder, "+14155550703");
  const team = await addTenant(server.folder, "+14155550704", "team");
  await member(server, "add", team, user);
  const slow = await new RawStream(server.url, { key: user.key }).connected();
  slow.pause();
  await send(server, user, ...LARGE);
  await send(server, team, "the team's secret");
  await member(server, "remove", team, user);
  slow.resume();
  // Cut, because something waited for it: it comes back, and gets what is its own.
  await until("it is cut", () => slow.closed, 60_000);
  const back = await connect(server.url, { key: user.key, lastEventId: slow.lastEventId ?? "" });
  await back.event("caught_up", 60_000);
  const got = [...slow.bodies, ...back.bodies];
  expect(got).not.toContain("the team's secret");
  expect(got.length).toBe(LARGE.length);
  await server.kill();
});

test("on a return a number stays in the filter, whoever owns it now", async () => {
  const server = await startServer();
  const owner = await addTenant(server.folder, "+14155550705");
  const other = await addTenant(server.folder, "+14155550706");
  const query = `?to=${encodeURIComponent(owner.number)}`;
  const client = await connect(server.url, { key: owner.key, query });
  const lastEventId = client.lastEventId ?? "";
  client.close();
  await send(server, owner, "while it was the owner's");
  await inletJson(server.folder, ["numbers", "move", owner.number, "--account", `${other.accountId}`]);
  await send(server, owner, "for the new owner");
  for (const after of ["move", "remove"]) {
    const back = await connect(server.url, { key: owner.key, query, lastEventId });
    await back.event("caught_up");
    expect([after, back.bodies]).toEqual([after, ["while it was the owner's"]]);
    back.close();
    // Nothing is learnt of a number by asking for it, of one's own or not.
    for (const number of [owner.number, "+14155550799"]) {
      const fresh = await openStream(server.url, {
        key: owner.key,
        query: `?to=${encodeURIComponent(number)}`,
      });
      expect(fresh.response.status).toBe(400);
    }
    const stranger = `?to=${encodeURIComponent(other.number)}`;
    const curious = await connect(server.url, { key: owner.key, query: stranger, lastEventId });
    await curious.event("caught_up");
    expect(curious.bodies).toEqual([]);
    // One that cannot be read must not widen what is shown.
    const misspelt = await connect(server.url, { key: owner.key, query: "?to=nonsense", lastEventId });
    await misspelt.event("caught_up");
    expect(misspelt.bodies).toEqual([]);
    if (after === "move") await inletJson(server.folder, ["numbers", "remove", owner.number]);
  }
  await server.kill();
});

test("the same for the numbers of a ticket, also on its first use", async () => {
  const server = await startServer();
  const owner = await addTenant(server.folder, "+14155550707");
  const other = await addTenant(server.folder, "+14155550708");
  const headers = { authorization: `Bearer ${owner.key}` };
  const body = JSON.stringify({ to: [owner.number] });
  const made = await fetch(`${server.url}/v1/sms/stream/tickets`, { method: "POST", headers, body });
  const { ticket } = ((await made.json()) as { data: { ticket: string } }).data;
  await send(server, owner, "while it was the owner's");
  await inletJson(server.folder, ["numbers", "move", owner.number, "--account", `${other.accountId}`]);
  await send(server, owner, "for the new owner");
  const page = await connect(server.url, { query: `?ticket=${ticket}&since=all` });
  await page.event("caught_up");
  expect(page.bodies).toEqual(["while it was the owner's"]);
  await server.kill();
});
