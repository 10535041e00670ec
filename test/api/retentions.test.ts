/** A key sees an account that keeps for ever and one that does not: each is told of what is gone, and gets what is kept. */
import { expect, test } from "bun:test";
import { updateAccount } from "../../src/directory/accounts.ts";
import { addMember } from "../../src/directory/members.ts";
import { Retention } from "../../src/messages/retention.ts";
import { tenant, testService } from "../harness/service.ts";
import { connect } from "../harness/stream.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";

const DAY_MS = 86_400_000;

test("streams, history and waits honour an account's own retention", async () => {
  const service = await testService();
  const { url, telnyx, database } = service;
  const team = await tenant(service, "+14155550001", "team");
  const user = await tenant(service, "+14155550002");
  await updateAccount(database, team.accountId, { retentionMs: 0 });
  for (let i = 0; i < 300; i++)
    await deliver(url, telnyx, smsEvent(i % 2 === 0 ? team.number : user.number, `old ${i}`));
  await database.write([`UPDATE messages SET stored_at = stored_at - ${40 * DAY_MS}`]);
  await deliver(url, telnyx, smsEvent(team.number, "new of the team"));
  await deliver(url, telnyx, smsEvent(user.number, "new of the user"));
  const retention = new Retention(database, 30 * DAY_MS, { now: Date.now, monotonic: () => 0 });
  while (await retention.step());
  await addMember(database, team.accountId, user.accountId, Date.now());
  const { epoch, prunedThrough } = await database.installation();
  expect(prunedThrough).toBe(300);

  // The team's lost nothing: it gets all 151, from the cursor or from the beginning, without a gap.
  for (const query of ["?since=all", `?last_event_id=${epoch}-0`]) {
    const stream = await connect(url, { key: team.key, query });
    await stream.event("caught_up");
    expect(stream.of("gap")).toEqual([]);
    expect(stream.messages).toHaveLength(151);
  }
  // The user's own are gone, and it is told so; the team's come all the same, and so they do from each place below.
  for (const [seq, count] of [
    [0, 152],
    [101, 101],
    [299, 2],
  ] as const) {
    const stream = await connect(url, { key: user.key, lastEventId: `${epoch}-${seq}` });
    await stream.event("caught_up");
    expect(stream.of("gap").map(({ data }) => data)).toEqual([
      { reason: "expired", oldest: `${epoch}-${seq}` },
    ]);
    expect(stream.messages).toHaveLength(count);
  }
  const all = await connect(url, { key: user.key, query: "?since=all" });
  await all.event("caught_up");
  expect(all.messages).toHaveLength(152);

  const get = (key: string, path: string) =>
    fetch(`${url}/api/v1/sms/messages${path}`, { headers: { authorization: `Bearer ${key}` } });
  expect((await get(team.key, `?after=${epoch}-0&limit=200`)).status).toBe(200);
  expect(((await (await get(team.key, "?q=old&limit=200")).json()) as { data: unknown[] }).data).toHaveLength(
    150,
  );
  const refused = await get(user.key, `?after=${epoch}-5`);
  expect(refused.status).toBe(400);
  expect(await refused.text()).toContain(`${epoch}-300 is the oldest`);
  const next = await get(team.key, `/next?after=${epoch}-0`);
  expect(((await next.json()) as { data: { body: string } }).data.body).toBe("old 0");
});
