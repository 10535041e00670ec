/** Texts that nobody was there for: kept, shown to the operator, handed over as if they came now; and deleted ones. */
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { inlet, inletJson } from "../../harness/cli.ts";
import { addTenant, type Server, startServer, type Tenant } from "../../harness/server.ts";
import { connect } from "../../harness/stream.ts";
import { deliver, smsEvent } from "../../harness/telnyx.ts";
import { until } from "../../harness/until.ts";
import { replayed, replayedBy } from "../stream/replays.ts";
import { send } from "../stream/texts.ts";

setDefaultTimeout(60_000);

/** What a command did reaches the server within this. */
const REACHES_MS = 2_000;

interface Listed {
  readonly message_id: string;
  readonly to: string;
  readonly body: string;
}

let server: Server;

beforeAll(async () => {
  server = await startServer();
});

function run<T = unknown>(...args: string[]): Promise<T> {
  return inletJson<T>(server.folder, args);
}

async function unrouted(number: string): Promise<Listed[]> {
  return (await run<Listed[]>("messages", "list", "--unrouted")).filter(({ to }) => to === number);
}

function claim(number: string, { accountId }: Tenant, ...more: string[]): Promise<unknown> {
  return run("messages", "claim", "--to", number, "--account", String(accountId), ...more);
}

function resumed({ key }: Tenant, lastEventId: string): Promise<unknown[]> {
  return replayed(server, { key, lastEventId });
}

async function bodiesFrom({ key }: Tenant, lastEventId: string): Promise<unknown[]> {
  return (await replayedBy(server, { key, lastEventId })).map(({ data }) => data.body);
}

test("a text to an inactive number is streamed to nobody, and once it is claimed to its owner, now", async () => {
  const tenant = await addTenant(server.folder, "+14155550901");
  const client = await connect(server.url, { key: tenant.key });
  const start = client.lastEventId ?? "";
  await run("numbers", "deactivate", tenant.number);
  const event = smsEvent(tenant.number, "nobody home");
  expect(await deliver(server.url, server.telnyx, event)).toBe("unrouted");
  expect(await deliver(server.url, server.telnyx, event)).toBe("duplicate");
  await run("numbers", "activate", tenant.number);
  expect(await deliver(server.url, server.telnyx, smsEvent(tenant.number, "home again"))).toBe("stored");
  await client.messageCount(1);
  const [waiting] = await unrouted(tenant.number);
  expect(waiting?.body).toBe("nobody home");

  expect(await claim(tenant.number, tenant)).toEqual({ claimed: 1, skipped: 0 });
  await client.messageCount(2);
  expect(client.bodies).toEqual(["home again", "nobody home"]);
  expect(client.messages[1]?.message_id).toBe(waiting?.message_id as string);
  expect(await deliver(server.url, server.telnyx, event)).toBe("duplicate");
  expect(await claim(tenant.number, tenant)).toEqual({ claimed: 0, skipped: 0 });
  expect(await unrouted(tenant.number)).toEqual([]);
  expect(await resumed(tenant, start)).toEqual(["home again", "nobody home"]);
  const firstId = client.of("sms_received")[0]?.id ?? "";
  expect(await resumed(tenant, firstId)).toEqual(["nobody home"]);
});

test("what came for a number's then owner goes to nobody else, unless it is forced", async () => {
  const owner = await addTenant(server.folder, "+14155550902");
  const heir = await addTenant(server.folder, "+14155550903");
  const [ofOwner, ofHeir] = [
    await connect(server.url, { key: owner.key }),
    await connect(server.url, { key: heir.key }),
  ];
  await run("numbers", "deactivate", owner.number);
  await send(server, owner, "for the owner");
  await run("numbers", "move", owner.number, "--account", String(heir.accountId));
  await send(server, owner, "for the heir");
  expect(await claim(owner.number, heir)).toEqual({ claimed: 1, skipped: 1 });
  await ofHeir.messageCount(1);
  expect(await claim(owner.number, owner)).toEqual({ claimed: 1, skipped: 0 });
  await ofOwner.messageCount(1);
  expect(ofHeir.bodies).toEqual(["for the heir"]);
  expect(ofOwner.bodies).toEqual(["for the owner"]);

  await send(server, owner, "for the heir, later");
  expect(await claim(owner.number, owner)).toEqual({ claimed: 0, skipped: 1 });
  expect(await claim(owner.number, owner, "--force")).toEqual({ claimed: 1, skipped: 0 });
  await ofOwner.messageCount(2);
  expect(ofOwner.bodies).toEqual(["for the owner", "for the heir, later"]);
});

test("texts to a number that was nobody's go to whoever claims it, in their order", async () => {
  const tenant = await addTenant(server.folder, "+14155550904");
  const client = await connect(server.url, { key: tenant.key });
  const number = "+14155550905";
  for (let i = 0; i < 5; i++)
    expect(await deliver(server.url, server.telnyx, smsEvent(number, `early ${i}`))).toBe("unrouted");
  await run("numbers", "add", number, "--account", String(tenant.accountId));
  expect(await deliver(server.url, server.telnyx, smsEvent(number, "on time"))).toBe("stored");
  expect(await claim(number, tenant)).toEqual({ claimed: 5, skipped: 0 });
  await client.messageCount(6);
  expect(client.bodies).toEqual(["on time", ...[0, 1, 2, 3, 4].map((i) => `early ${i}`)]);
  await run("numbers", "remove", number);
  expect(await deliver(server.url, server.telnyx, smsEvent(number, "too late"))).toBe("unrouted");
  expect((await unrouted(number)).map(({ body }) => body)).toEqual(["too late"]);
});

test("a deleted text is in no replay, and Telnyx's late copy of it does not bring it back", async () => {
  const tenant = await addTenant(server.folder, "+14155550906");
  const client = await connect(server.url, { key: tenant.key });
  const start = client.lastEventId ?? "";
  const event = smsEvent(tenant.number, "a mistake");
  await send(server, tenant, "one");
  await deliver(server.url, server.telnyx, event);
  await client.messageCount(2);
  const messageId = String(client.messages[1]?.message_id);
  expect(await run("messages", "delete", messageId)).toEqual({ message_id: messageId, deleted: true });
  // Another process does it, so this one learns of it as of every change of the directory.
  await until(
    "it is forgotten",
    async () => !(await bodiesFrom(tenant, start)).includes("a mistake"),
    REACHES_MS,
  );
  expect(await resumed(tenant, start)).toEqual(["one"]);
  expect(await deliver(server.url, server.telnyx, event)).toBe("duplicate");
  await send(server, tenant, "two");
  await client.messageCount(3);
  expect(client.bodies).toEqual(["one", "a mistake", "two"]);
  expect(await resumed(tenant, start)).toEqual(["one", "two"]);
  expect(await resumed(tenant, client.of("sms_received")[1]?.id ?? "")).toEqual(["two"]);
  for (const command of ["show", "delete"]) {
    const { code, stderr } = await inlet(server.folder, ["messages", command, messageId]);
    expect(code).toBe(1);
    expect(stderr).toContain(messageId);
  }
});
