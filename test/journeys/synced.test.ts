/** `inlet telnyx numbers sync` as an operator has it: the executable, a running service, and a stand-in for Telnyx. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { emptyFolder } from "../harness/cleanup.ts";
import { inlet, inletJson } from "../harness/cli.ts";
import { addKey, startServer } from "../harness/server.ts";
import { connect } from "../harness/stream.ts";
import { failing, saying } from "../telnyx/standin/faults.ts";
import { TelnyxStandin } from "../telnyx/standin/telnyx.ts";

setDefaultTimeout(60_000);

const FIRST = "+14155550171";
const SECOND = "+14155550172";
const SYNC = ["telnyx", "numbers", "sync", "--account", "1"];

test("a running service takes what sync brought, and streams no more what it took away", async () => {
  const telnyx = new TelnyxStandin();
  const server = await startServer({ telnyx: telnyx.key });
  const { folder } = server;
  await inletJson(folder, ["accounts", "create", "--kind", "team", "--name", "Support"]);
  const { key } = await addKey(folder, 1);
  const client = await connect(server.url, { key });
  telnyx.webhookUrl = `${server.url}/webhooks/telnyx`;
  for (const number of [FIRST, SECOND]) telnyx.inventory.addNumber({ number });
  telnyx.inventory.addNumber({ number: "+1999" });

  const planned = await inlet(folder, [...SYNC, "--dry-run"], telnyx.env);
  expect(planned).toMatchObject({ code: 0, stderr: "skipped +1999: it cannot be a number\n" });
  expect(planned.stdout).toMatch(
    /^NUMBER +CHANGE +STATUS +MESSAGING_PROFILE_ID\n\+14155550171 +added +active +-/,
  );
  expect(planned.stdout).toContain(
    "2 would be changed, 0 unchanged; Telnyx has 3 phone numbers and 0 short codes",
  );
  expect(await inletJson<unknown[]>(folder, ["numbers", "list"])).toEqual([]);

  const synced = await inletJson(folder, SYNC, telnyx.env);
  expect(synced).toEqual({
    account_id: 1,
    dry_run: false,
    seen: { phone_numbers: 3, short_codes: 0 },
    changes: [FIRST, SECOND].map((number) => ({
      number,
      change: "added",
      status: "active",
      messaging_profile_id: null,
    })),
    unchanged: 0,
    skipped: [{ number: "+1999", account_id: null, reason: "not_possible" }],
    kept: [],
  });
  await telnyx.send({ to: FIRST, body: "one" });
  await client.messageCount(1);

  telnyx.inventory.phoneNumbers.shift();
  telnyx.inventory.messaging.shift();
  const second = await inlet(folder, SYNC, telnyx.env);
  expect(second.stdout).toMatch(/\+14155550171 +deactivated/);
  await telnyx.send({ to: FIRST, body: "unrouted" });
  await telnyx.send({ to: SECOND, body: "two" });
  await client.messageCount(2);
  expect(client.bodies).toEqual(["one", "two"]);
  expect(await inletJson<unknown[]>(folder, ["messages", "list", "--unrouted"])).toHaveLength(1);

  // What is no list takes nothing away.
  telnyx.faults.push((asked, genuine) =>
    asked.path === "/short_codes" ? saying("<html>")(asked, genuine) : null,
  );
  const failed = await inlet(folder, [...SYNC, "--json"], telnyx.env);
  expect(failed).toMatchObject({ code: 1, stdout: "" });
  expect(failed.stderr).toContain("is no JSON object");
  await telnyx.send({ to: SECOND, body: "three" });
  await client.messageCount(3);
  client.close();
  expect(await server.stop()).toBe(0);
  expect(telnyx.problems).toEqual([]);
});

test("wrong usage is 2, and what cannot be done 1, before anything is asked", async () => {
  const folder = emptyFolder();
  const telnyx = new TelnyxStandin();
  for (const args of [
    [],
    ["--account", "Support"],
    ["--account", "1", "more"],
    ["--account", "1", "--profile", ""],
  ])
    expect((await inlet(folder, ["telnyx", "numbers", "sync", ...args], telnyx.env)).code).toBe(2);
  const keyless = await inlet(folder, SYNC);
  expect(keyless).toMatchObject({ code: 2, stdout: "" });
  expect(keyless.stderr).toContain("TELNYX_API_KEY is not set");
  const unknown = await inlet(folder, SYNC, telnyx.env);
  expect(unknown.code).toBe(1);
  expect(unknown.stderr).toContain("account 1 not found");
  expect(telnyx.requests).toEqual([]);
  const help = await inlet(folder, ["telnyx", "numbers", "sync", "--help"]);
  expect(help.stdout).toContain("Examples:");

  await inletJson(folder, ["accounts", "create", "--kind", "user", "--name", "Me"]);
  telnyx.faults.push(failing(401, "No such key"));
  const refused = await inlet(folder, SYNC, telnyx.env);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("TELNYX_API_KEY");
  expect(telnyx.requests).toHaveLength(1);
});
