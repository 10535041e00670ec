/** What is stored can be taken out whole and in order; and of one phone number, be gone for good. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { binary } from "../harness/binary.ts";
import { stopEverything } from "../harness/cleanup.ts";
import { bareEnv, inlet, inletJson } from "../harness/cli.ts";
import { addTenantByCommands, type Server, startServer } from "../harness/server.ts";
import { connect } from "../harness/stream.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(120_000);
afterAll(stopEverything);

const NUMBER = "+14155550001";
const ERASED = "+13125557777";
const OTHER = "+13125558888";

interface Line {
  readonly message_id: string;
  readonly from: string;
  readonly to: string;
  readonly body: string;
  readonly cursor: string;
  readonly account_id: number | null;
}

const from = (phone_number: string) => ({ from: { phone_number } });
const linesOf = (stdout: string) =>
  stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line) as Line); // biome-ignore format: one step

async function exported(folder: string, ...args: string[]): Promise<{ lines: Line[]; next: string }> {
  const { code, stdout, stderr } = await inlet(folder, ["messages", "export", ...args]);
  expect(code, stderr).toBe(0);
  return { lines: linesOf(stdout), next: /--after (\S+)/.exec(stderr)?.[1] ?? "" };
}

async function history({ url }: Server, key: string, query: string): Promise<Line[]> {
  const response = await fetch(`${url}/api/v1/sms/messages?${query}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  return ((await response.json()) as { data: Line[] }).data;
}

test("an export has everything once and in order, and goes on where it ended", async () => {
  const server = await startServer();
  const { folder, url, telnyx } = server;
  const { accountId } = await addTenantByCommands(folder, NUMBER);
  for (let i = 0; i < 1_200; i += 40) {
    const part = Array.from({ length: 40 }, (_, n) =>
      deliver(
        url,
        telnyx,
        smsEvent(n % 4 === 0 ? "+14155559999" : NUMBER, `text ${i + n}`, from(n % 2 === 0 ? ERASED : OTHER)),
      ),
    );
    await Promise.all(part);
  }
  const all = await exported(folder);
  expect(all.lines).toHaveLength(1_200);
  expect(new Set(all.lines.map(({ body }) => body)).size).toBe(1_200);
  const seqs = all.lines.map(({ cursor }) => Number(cursor.split("-")[1]));
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  expect((await exported(folder, "--after", all.next)).lines).toEqual([]);

  const rest = await exported(folder, "--after", all.lines[699]?.cursor ?? "");
  expect(rest.lines).toEqual(all.lines.slice(700));
  const chosen = await exported(folder, "--from", OTHER, "--to", NUMBER, "--account", String(accountId));
  expect(chosen.lines).toEqual(all.lines.filter((line) => line.from === OTHER && line.to === NUMBER));
  expect(chosen.lines).toHaveLength(600);
  const unrouted = await exported(folder, "--to", "+14155559999", "--since", "1h");
  expect(unrouted.lines).toHaveLength(300);
  expect(unrouted.lines[0]?.account_id).toBeNull();

  for (const cursor of ["aaaa1111-5", `${all.next.split("-")[0]}-99999999`]) {
    const { code, stderr } = await inlet(folder, ["messages", "export", "--after", cursor]);
    expect(code).toBe(1);
    expect(stderr).toContain("is not of this database as it is now");
  }
  expect((await inlet(folder, ["messages", "export", "--after", "12"])).code).toBe(2);
  // Whoever reads only the beginning ends it.
  const head = Bun.spawn(["sh", "-c", `"${await binary()}" messages export | head -1`], {
    cwd: folder, env: bareEnv(), stdout: "pipe", stderr: "ignore",
  }); // biome-ignore format: options
  expect(linesOf(await new Response(head.stdout).text())).toEqual(all.lines.slice(0, 1));
  expect(await server.stop()).toBe(0);
});

test("an erased number is gone: from lists, search, memory, cc and every later copy; and no copy brings it back", async () => {
  const server = await startServer();
  const { folder, url, telnyx } = server;
  const { key } = await addTenantByCommands(folder, NUMBER);
  const stream = await connect(url, { key });
  const late = smsEvent(NUMBER, "kwyjibosecret first", from(ERASED));
  expect(await deliver(url, telnyx, late)).toBe("stored");
  for (let i = 0; i < 60; i++)
    await deliver(url, telnyx, smsEvent(NUMBER, `kwyjibosecret ${i}`, from(i % 3 === 0 ? ERASED : OTHER)));
  await deliver(url, telnyx, smsEvent("+14155559999", "kwyjibosecret unrouted", from(ERASED)));
  await deliver(
    url,
    telnyx,
    smsEvent(NUMBER, "group", {
      ...from(OTHER),
      type: "MMS",
      cc: [{ phone_number: ERASED }, { phone_number: "+13125556666" }],
    }),
  );
  await stream.messageCount(62);
  expect(await history(server, key, `q=kwyjibosecret&limit=200`)).toHaveLength(61);

  const asked = await inlet(folder, ["messages", "erase", "--from", ERASED]);
  expect(asked.code).toBe(2);
  expect(asked.stderr).toContain("--yes");
  const erased = await inletJson<Record<string, unknown>>(folder, [
    "messages",
    "erase",
    "--from",
    ERASED,
    "--yes",
  ]);
  expect(erased).toMatchObject({ from: ERASED, messages: 22, copied: 1 });

  await until(
    "the service forgets it",
    async () => (await history(server, key, "q=kwyjibosecret&limit=200")).length === 40,
  );
  const resumed = await connect(url, { key, lastEventId: stream.events[0]?.id ?? "" });
  await resumed.event("caught_up");
  expect(resumed.messages).toHaveLength(41);
  expect(JSON.stringify([resumed.messages, await history(server, key, "limit=200")])).not.toContain(ERASED);
  expect((await exported(folder, "--from", ERASED)).lines).toEqual([]);
  expect(await deliver(url, telnyx, late)).toBe("duplicate");
  expect((await inletJson<{ findings: unknown[] }>(folder, ["database", "check"])).findings).toEqual([]);
  expect((await inletJson(folder, ["messages", "erase", "--from", OTHER, "--yes"])) as object).toMatchObject({
    messages: 41,
  });
  expect(await server.stop()).toBe(0);
  // What is left in unused parts of pages, from before, no copy takes along.
  const { file } = await inletJson<{ file: string }>(folder, ["database", "backup", "copy.db"]);
  const bytes = readFileSync(file).toString("latin1");
  for (const text of ["wyjibosecret", ERASED.slice(1), OTHER.slice(1), Buffer.from(ERASED).toString("hex")])
    expect(bytes.includes(text), text).toBe(false);
});
