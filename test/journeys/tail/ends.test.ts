/** `inlet tail` over the ends of streams, servers and databases. */
import { expect, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { atTheEnd, emptyFolder } from "../../harness/cleanup.ts";
import { inlet } from "../../harness/cli.ts";
import { addTenant, startServer } from "../../harness/server.ts";
import { send, startTail } from "../../harness/tail.ts";
import { telnyxKey } from "../../harness/telnyx.ts";
import { until } from "../../harness/until.ts";

const LONG_MS = 30_000;
const state = (folder: string) => JSON.parse(readFileSync(join(folder, "state"), "utf8"));

test.concurrent("it prints each text once, as JSON lines, over many ends of the stream", async () => {
  const server = await startServer({
    env: { STREAM_MAX_SECONDS: "0.3", STREAM_HEARTBEAT_SECONDS: "0.1", LOG_LEVEL: "debug" },
  });
  const tenant = await addTenant(server.folder, "+14155550102");
  const tail = await startTail(server, tenant, ["--since", "all"]);
  const opened = () => server.log().split('"stream opened"').length - 1;
  const sent: string[] = [];
  while (opened() < 4) {
    sent.push(`text ${sent.length}`);
    await send(server, tenant, sent.at(-1) ?? "");
    const [before, arrived] = [opened(), tail.bodies().length];
    await until(
      "it arrives, or the next stream",
      () => tail.bodies().length > arrived || opened() > before,
      LONG_MS,
    );
  }
  await until("the last", () => tail.bodies().length >= sent.length, LONG_MS);
  tail.signal("SIGINT");
  expect(await tail.ended).toBe(0);
  expect(tail.bodies()).toEqual(sent);
  expect(tail.stderr()).toBe("");
}, 60_000);

test.concurrent("a server that is killed and comes back is told of once, and nothing is missed", async () => {
  const [folder, telnyx] = [emptyFolder(), telnyxKey()];
  const server = await startServer({ folder, telnyx });
  const tenant = await addTenant(folder, "+14155550103");
  const tail = await startTail(server, tenant, ["--state", "state"]);
  await until("it is connected", () => statSync(join(folder, "state"), { throwIfNoEntry: false }), LONG_MS);
  await send(server, tenant, "before");
  await until("the first text", () => tail.bodies().length === 1);
  await server.kill();
  await until("it has noticed", () => tail.stderr().includes("trying again"), LONG_MS);
  const again = await startServer({ folder, telnyx, env: { PORT: new URL(server.url).port } });
  await send(again, tenant, "after");
  await until("the second text", () => tail.bodies().length === 2, LONG_MS);
  tail.signal("SIGTERM");
  expect(await tail.ended).toBe(0);
  expect(tail.bodies()).toEqual(["before", "after"]);
  expect(tail.stderr()).toEndWith("connected again\n");
  expect(state(folder)).toMatchObject({ url: server.url, account: tenant.accountId });
}, 60_000);

test.concurrent("the state wins over --since, and one of another database is told as a gap", async () => {
  const first = await startServer();
  const tenant = await addTenant(first.folder, "+14155550104");
  await send(first, tenant, "one");
  const printing = await startTail(first, tenant, ["--since", "all", "--state", "state"]);
  await until("the text", () => printing.bodies().length === 1);
  printing.signal("SIGTERM");
  expect(await printing.ended).toBe(0);
  const { cursor } = state(first.folder);

  await send(first, tenant, "two");
  const again = await startTail(first, tenant, ["--since", "all", "--state", "state"]);
  await until("the second text alone", () => again.bodies().length === 1);
  again.signal("SIGTERM");
  expect(await again.ended).toBe(0);
  expect(again.bodies()).toEqual(["two"]);
  expect(again.stderr()).toBe("--since is ignored: the state file says where to continue\n");

  const other = await startServer();
  await addTenant(other.folder, "+14155550105");
  const stranger = await addTenant(other.folder, "+14155550106");
  const moved = await startTail({ ...other, folder: first.folder }, stranger, ["--state", "state"]);
  await until("it is told", () => moved.stderr().includes("gap: "));
  await send(other, stranger, "three");
  await until("a text from now on", () => moved.bodies().length === 1);
  moved.signal("SIGTERM");
  expect(await moved.ended).toBe(0);
  expect(moved.stderr()).toContain(`the state file is from ${first.url}`);
  expect(moved.stderr()).toContain(`the state file is account ${tenant.accountId}'s`);
  expect(state(first.folder)).toMatchObject({ url: other.url, account: stranger.accountId });
  expect(state(first.folder).cursor.split("-")[0]).not.toBe(cursor.split("-")[0]);
}, 60_000);

test.concurrent("a revoked key and a wrong one end it with a sentence and 1", async () => {
  const server = await startServer({ env: { STREAM_HEARTBEAT_SECONDS: "0.1" } });
  const tenant = await addTenant(server.folder, "+14155550107");
  const tail = await startTail(server, tenant, ["--state", "state"]);
  await until(
    "it is connected",
    () => statSync(join(server.folder, "state"), { throwIfNoEntry: false }),
    LONG_MS,
  );
  await inlet(server.folder, ["keys", "revoke", String(tenant.keyId)]);
  expect(await tail.ended).toBe(1);
  expect(tail.stderr()).toBe("error: the key was revoked\n");

  const wrong = await startTail(server, { key: "wrong-but-secret" });
  expect(await wrong.ended).toBe(1);
  expect(wrong.stderr()).toContain("answered 401");
  expect(wrong.stderr()).not.toContain("wrong-but-secret");
}, 60_000);

test.concurrent("a server that falls silent is left, and what it says is shown without its escapes", async () => {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => undefined));
    const head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
    if (++connections === 1) socket.write(`${head}: hello\n\n`);
    else
      socket.end(
        "HTTP/1.1 403 No\r\ncontent-length: 49\r\n\r\n" +
          JSON.stringify({ error: { message: "a\u001B[2Jb" } }).padEnd(49),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  atTheEnd(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const folder = emptyFolder();
  const tail = await startTail({ url: `http://127.0.0.1:${address.port}`, folder }, { key: "k" }, [
    "--silence",
    "1s",
  ]);
  expect(await tail.ended).toBe(1);
  expect(tail.stderr()).toContain("nothing was heard for 1 s; trying again");
  expect(tail.stderr()).toContain("answered 403: a\\u001b[2Jb");
}, 60_000);
