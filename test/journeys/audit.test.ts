/** What commands change is written down with who did it, in the same transaction, for good, and without secrets. */
import { Database } from "bun:sqlite";
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { userInfo } from "node:os";
import { join } from "node:path";
import { stopEverything } from "../harness/cleanup.ts";
import { inlet, inletJson } from "../harness/cli.ts";
import { startServer } from "../harness/server.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";

setDefaultTimeout(120_000);
afterAll(stopEverything);

interface Entry {
  readonly at: string;
  readonly user: string;
  readonly command: string;
  readonly action: string;
  readonly details: Record<string, unknown>;
}

const SENDER = "+13125557777";

test("each change leaves one entry, a refused one none, and nothing removes them", async () => {
  const server = await startServer();
  const { folder, url, telnyx } = server;
  const json = <T = Record<string, unknown>>(line: string, env = {}) =>
    inletJson<T>(folder, line.split(" "), env);
  await json("accounts create --kind user --name Anna");
  await json("accounts create --kind team --name Support");
  await json("accounts update 1 --name Ann --retention 90d");
  await json("numbers add +14155550001 --account 1 --label Sales");
  await json("members add --team 2 --user 1");
  const { key } = await json<{ key: string }>("keys create --account 1 --scope sms:read --name bot");
  const rotated = await json<{ key: string }>("keys rotate 1");
  await json("keys revoke 1", { SUDO_USER: "carla" });
  await json("keys revoke 1");
  await deliver(url, telnyx, smsEvent("+14155550001", "secret text", { from: { phone_number: SENDER } }));
  await deliver(url, telnyx, smsEvent("+14155550002", "unrouted", { from: { phone_number: SENDER } }));
  const [{ message_id } = { message_id: "" }] =
    await json<{ message_id: string }[]>("messages list --account 1");
  await json("messages claim --to +14155550002 --account 1");
  await json("messages claim --to +14155550002 --account 1");
  await json(`messages delete ${message_id}`);
  await json(`messages erase --from ${SENDER} --yes`);
  await json("numbers deactivate +14155550001");
  await json("numbers move +14155550001 --account 2");
  await json("members remove --team 2 --user 1");
  await json("numbers remove +14155550001");
  await json("accounts delete 1");
  await json("database new-epoch");
  for (const line of [
    "accounts delete 1",
    "numbers remove +14155550001",
    "messages delete msg_1",
    "members remove --team 2 --user 1",
  ])
    expect((await inlet(folder, line.split(" "))).code).toBe(1);

  const entries = (await json<Entry[]>("audit list")).reverse();
  expect(entries.map(({ action }) => action)).toEqual([
    "accounts.create", "accounts.create", "accounts.rename", "accounts.retain", "numbers.add", "members.add", "keys.create",
    "keys.rotate", "keys.revoke", "messages.claim", "messages.delete", "messages.erase", "messages.erase",
    "numbers.deactivate", "numbers.move", "members.remove", "numbers.remove", "accounts.delete", "database.new-epoch",
  ]); // biome-ignore format: a list
  expect(entries[0]).toMatchObject({
    command: "accounts create",
    user: userInfo().username,
    details: { id: 1, kind: "user", name: "Anna" },
  });
  expect(entries[7]).toMatchObject({ command: "keys rotate", details: { id: 2, was: 1, name: "bot" } });
  expect(entries[8]?.user).toBe(`carla as ${userInfo().username}`);
  expect(entries[9]?.details).toMatchObject({ to: "+14155550002", account_id: 1, count: 1 });
  expect(entries[12]?.details).toMatchObject({ state: "done", messages: 1 });
  const all = JSON.stringify(entries);
  for (const secret of [key, rotated.key, "secret text", SENDER]) expect(all).not.toContain(secret);

  // A restored copy takes no revocation back, has the trail of what it replaces, and says itself that it was restored.
  const { file } = await json<{ file: string }>("database backup copy.db");
  await json("keys create --account 2 --scope sms:read");
  await json("keys revoke 3");
  await json("keys create --account 2 --scope sms:read");
  const { file: middle } = await json<{ file: string }>("database backup middle.db");
  await json("keys revoke 4");
  const count = (await json<Entry[]>("audit list")).length;
  expect(await server.stop()).toBe(0);
  expect(await json(`database restore ${middle}`)).toMatchObject({ revoked: 1 });
  expect(
    (await json<{ revoked_at: string | null }[]>("keys list")).map(({ revoked_at }) => revoked_at),
  ).not.toContain(null);
  await json(`database restore ${file}`);
  expect(await json("keys list")).toMatchObject([{ id: 1 }, { id: 2 }]);
  const trail = await json<Entry[]>("audit list");
  expect(trail).toHaveLength(count + 2);
  expect(trail[0]).toMatchObject({ action: "database.restore" });
  expect(trail.slice(2, 4)).toMatchObject([
    { action: "keys.revoke", details: { id: 4 } },
    { action: "keys.create" },
  ]);
  expect((await inlet(folder, ["audit", "list"])).stdout).toContain("keys revoke");
  const database = new Database(join(folder, "inlet.db"));
  for (const change of ["DELETE FROM audit", "UPDATE audit SET user = 'x'"])
    expect(() => database.run(change)).toThrow("only grows");
  database.close();
});
