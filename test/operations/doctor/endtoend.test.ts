/** A message of the doctor's own through the running service: what it tells, and that nothing of it stays or is seen. */
import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { judgeConfig } from "../../../src/config/config.ts";
import { openDatabase } from "../../../src/database/open.ts";
import { examine } from "../../../src/operations/doctor/doctor.ts";
import { startSqld } from "../../database/sqld.ts";
import { api } from "../../harness/api.ts";
import { binary } from "../../harness/binary.ts";
import { atTheEnd, emptyFolder } from "../../harness/cleanup.ts";
import { bareEnv, inlet } from "../../harness/cli.ts";
import { addTenant, type Server, startServer } from "../../harness/server.ts";
import { tenant } from "../../harness/service.ts";
import { connect } from "../../harness/stream.ts";
import { deliver, smsEvent } from "../../harness/telnyx.ts";
import { until } from "../../harness/until.ts";
import { examined } from "./installation.ts";

setDefaultTimeout(120_000);

const NUMBER = "+14155550177";
const TABLES = [
  ...["accounts", "canaries", "checkpoints", "keys", "members", "messages", "numbers", "search_spans"],
  ...["tickets", "tombstones", "unreadable_events", "unrecovered"],
];

const portOf = ({ url }: Server) => ({ PORT: new URL(url).port });

/** Every row of every table, but for when a key was used last. */
function rowsOf(folder: string): Record<string, unknown[]> {
  const database = new Database(join(folder, "inlet.db"), { readonly: true });
  try {
    const rows = TABLES.map((table) => [table, database.query(`SELECT * FROM ${table}`).all()] as const);
    return JSON.parse(
      JSON.stringify(Object.fromEntries(rows)).replaceAll(/"last_used_at":\w+/g, '"last_used_at":0'),
    ) as Record<string, unknown[]>;
  } finally {
    database.close();
  }
}

test("nothing of it stays, and nobody else sees it", async () => {
  const token = "metrics-token-for-this-test-0123456789";
  const server = await startServer({ env: { METRICS_TOKEN: token } });
  const webhooks = async () => {
    const answer = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
    return (await answer.text()).match(
      /^inlet_(webhooks_total\{.*|webhook_duration_seconds_count.*|messages_ack.*)$/gm,
    );
  };
  const { key } = await addTenant(server.folder, NUMBER);
  const others = await connect(server.url, { key });
  await deliver(server.url, server.telnyx, smsEvent(NUMBER, "of the tenant"));
  await others.messageCount(1);
  await until(
    "it is indexed",
    async () => (await api(server.url, key, "/sms/messages?q=tenant")).data.length === 1,
  );
  const before = rowsOf(server.folder);
  const counted = await webhooks();
  expect(counted?.join()).toContain('outcome="stored"} 1');
  for (let i = 0; i < 3; i++) {
    const found = await examined(server.folder, portOf(server));
    expect(found.of("end_to_end")).toMatchObject({ level: "ok" });
    expect(found.of("end_to_end").details?.milliseconds).toBeLessThan(5_000);
  }
  expect(rowsOf(server.folder)).toEqual(before);
  expect(await webhooks()).toEqual(counted);
  await deliver(server.url, server.telnyx, smsEvent(NUMBER, "afterwards"));
  await others.messageCount(2);
  expect(others.bodies).toEqual(["of the tenant", "afterwards"]);
  expect((await api(server.url, key, "/sms/messages")).data).toHaveLength(2);
  for (const q of ["inlet", "doctor"])
    expect((await api(server.url, key, `/sms/messages?q=${q}`)).data.length).toBe(0);
  others.close();
  expect(server.log()).not.toContain("warning");
  expect(await server.stop()).toBe(0);
});

/** A doctor that waits with everything made: what is reached by its PUBLIC_URL never answers. */
async function waitingDoctor(server: Server) {
  const silent = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Promise<Response>(() => undefined),
  });
  atTheEnd(() => silent.stop(true));
  const doctor = Bun.spawn([await binary(), "doctor"], {
    cwd: server.folder,
    env: bareEnv({ ...portOf(server), PUBLIC_URL: silent.url.origin }),
    stdio: ["ignore", "ignore", "ignore"],
  });
  await until("its account is there", () => (rowsOf(server.folder).canaries ?? []).length === 1);
  return doctor;
}

test("a doctor that is stopped removes what it made", async () => {
  const server = await startServer();
  const before = rowsOf(server.folder);
  const doctor = await waitingDoctor(server);
  doctor.kill("SIGINT");
  expect(await doctor.exited).toBe(1);
  expect(rowsOf(server.folder)).toEqual(before);
  await server.stop();
});

test("of a doctor that was killed nothing is listed, and its remains go when their minute is over", async () => {
  const server = await startServer();
  await addTenant(server.folder, NUMBER);
  const before = rowsOf(server.folder);
  const doctor = await waitingDoctor(server);
  doctor.kill("SIGKILL");
  await doctor.exited;
  const stray = new Database(join(server.folder, "inlet.db"));
  stray.run(`INSERT INTO messages (message_id, telnyx_id, account_id, "from", "to", received_at, stored_at, body)
    SELECT 'msg_1', 'x', account_id, 'x', recipient, 1, expires_at - 30000, 'of inlet doctor' FROM canaries`);
  stray.close(true);
  for (const list of ["accounts list", "numbers list", "keys list", "messages list", "messages export"])
    expect((await inlet(server.folder, list.split(" "))).stdout).not.toMatch(/inlet doctor|99900/);
  expect((await inlet(server.folder, ["database", "check"])).code).toBe(0);
  // It is not over yet: the service leaves it to another doctor that may be at work.
  await server.stop();
  const again = await startServer({ folder: server.folder, telnyx: server.telnyx });
  expect(rowsOf(server.folder).canaries).toHaveLength(1);
  await again.stop();
  const database = new Database(join(server.folder, "inlet.db"));
  database.run("UPDATE canaries SET expires_at = expires_at - 60000");
  database.close(true);
  const last = await startServer({ folder: server.folder, telnyx: server.telnyx });
  await until("it is gone", () => (rowsOf(server.folder).canaries ?? []).length === 0);
  expect(rowsOf(server.folder)).toEqual(before);
  await last.stop();
});

test("through several processes", async () => {
  const server = await startServer({ args: ["--workers", "3"] });
  for (let i = 0; i < 3; i++)
    expect((await examined(server.folder, portOf(server))).of("end_to_end")).toMatchObject({ level: "ok" });
  await server.stop();
});

test("on a remote database, which is judged too", async () => {
  const sqld = await startSqld();
  const env = { DATABASE_URL: sqld.url };
  const folder = emptyFolder();
  expect((await examined(folder, { ...env, PORT: "1" })).of("database_migrated")).toMatchObject({
    level: "warning",
    mend: "inlet database migrate",
  });
  const server = await startServer({ env });
  const database = await openDatabase({ url: sqld.url, authToken: null });
  atTheEnd(() => database.close());
  await tenant({ database }, NUMBER);
  const rows = async () => {
    const all = await Promise.all(
      TABLES.map(async (table) => (await database.read(`SELECT * FROM ${table}`)).rows),
    );
    return JSON.stringify(all).replaceAll(/"last_used_at":\w+/g, '"last_used_at":0');
  };
  const before = await rows();
  const found = await examined(folder, {
    ...env,
    ...portOf(server),
    TELNYX_PUBLIC_KEY: server.telnyx.publicKey,
  });
  expect(found.faults).toEqual([]);
  for (const check of ["database_writable", "database_migrated", "database_integrity", "end_to_end"])
    expect(found.of(check)).toMatchObject({ level: "ok" });
  expect(await rows()).toBe(before);
  await server.stop();
  await sqld.kill();
  const gone = await examined(folder, { ...env, PORT: "1" });
  expect(gone.of("database_integrity")).toMatchObject({
    level: "error",
    message: expect.stringContaining("cannot be reached") as string,
  });
});

test("a check that throws is a finding, and hides no other", async () => {
  const { config, faults } = judgeConfig({
    TELNYX_PUBLIC_KEY: "",
    DATABASE_URL: `file:${emptyFolder()}/inlet.db`,
  });
  const throwProxy = () => {
    throw new Error("of the check itself");
  };
  const told: string[] = [];
  const found = await examine(
    {
      config,
      faults,
      serverUrl: "http://127.0.0.1:1",
      throughProxy: throwProxy,
      now: Date.now,
      stop: new AbortController().signal,
    },
    ({ check }) => told.push(check),
  );
  expect(found.ok).toBe(false);
  const broken = found.findings.filter(({ message }) => message.includes("of the check itself"));
  expect(broken.map(({ check, level }) => `${check} ${level}`)).toEqual([
    "end_to_end error",
    "proxy_buffering error",
  ]);
  expect(found.findings.find(({ check }) => check === "database_writable")).toMatchObject({ level: "ok" });
  expect(told).toEqual(found.findings.map(({ check }) => check));
});
