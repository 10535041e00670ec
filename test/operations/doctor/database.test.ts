/** The doctor and the database: what is wrong with it is said, and nothing of it is changed by looking. */
import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, copyFileSync, cpSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Diagnosis } from "../../../src/operations/doctor/doctor.ts";
import { binary } from "../../harness/binary.ts";
import { emptyFolder } from "../../harness/cleanup.ts";
import { bareEnv, inlet } from "../../harness/cli.ts";
import { testWith } from "../../harness/programs.ts";
import { addTenant, startServer } from "../../harness/server.ts";
import { deliver, smsEvent } from "../../harness/telnyx.ts";
import { examined, NUMBER } from "./installation.ts";

setDefaultTimeout(120_000);

/** Nobody listens there. */
const ALONE = { PORT: "1" };

/** A folder with a database, as a service that ended leaves it. */
async function withDatabase(): Promise<string> {
  const folder = emptyFolder();
  await inlet(folder, ["database", "migrate"]);
  await addTenant(folder, NUMBER);
  return folder;
}

/** All that can be told of what lies there. */
function state(folder: string): string[] {
  return readdirSync(folder).map((name) => {
    const { mtimeNs, ino, size, mode } = statSync(join(folder, name), { bigint: true });
    const bytes = name.endsWith("-shm") ? "" : Bun.hash(readFileSync(join(folder, name)));
    return `${name} ${ino} ${size} ${mode} ${name.endsWith("-shm") ? "" : mtimeNs} ${bytes}`;
  });
}

test("a database that is not there is not made", async () => {
  const folder = emptyFolder();
  const found = await examined(folder, ALONE);
  expect(readdirSync(folder)).toEqual([]);
  expect(found.of("database_writable")).toMatchObject({ level: "ok" });
  for (const check of ["database_migrated", "database_integrity", "last_webhook", "recovery"])
    expect(found.of(check)).toMatchObject({ level: "skipped" });
  expect(found.of("database_migrated").message).toContain("inlet serve makes it");
});

test("a folder that is missing", async () => {
  const folder = emptyFolder();
  const found = await examined(folder, { ...ALONE, DATABASE_URL: "file:missing/inlet.db" });
  expect(found.of("database_writable")).toMatchObject({
    level: "error",
    mend: expect.stringMatching(/^mkdir -p .*\/missing/) as string,
  });
  expect(readdirSync(folder)).toEqual([]);
});

test("what a service left, also one that was killed, is looked at and not touched", async () => {
  const ended = await withDatabase();
  const server = await startServer();
  await addTenant(server.folder, NUMBER);
  await deliver(server.url, server.telnyx, smsEvent(NUMBER, "in the log"));
  await server.kill();
  for (const folder of [ended, server.folder]) {
    const before = state(folder);
    const found = await examined(folder, ALONE);
    expect(found.of("database_migrated").level).toBe("ok");
    expect(found.of("database_integrity").level).toBe("ok");
    expect(found.of("unreadable_events").level).toBe("ok");
    expect(state(folder)).toEqual(before);
  }
  expect(readdirSync(ended)).toEqual(["inlet.db"]);
});

test("a log without its index is left to the service", async () => {
  const server = await startServer();
  await addTenant(server.folder, NUMBER);
  const folder = emptyFolder();
  for (const name of ["inlet.db", "inlet.db-wal"])
    copyFileSync(join(server.folder, name), join(folder, name));
  const before = state(folder);
  const found = await examined(folder, ALONE);
  expect(found.of("database_integrity")).toMatchObject({ level: "skipped" });
  expect(state(folder)).toEqual(before);
  await server.stop();
});

test("beside a running service nothing is migrated, and its log goes on", async () => {
  const server = await startServer();
  const { key } = await addTenant(server.folder, NUMBER);
  const before = state(server.folder).map((line) => line.split(" ").slice(0, 2).join(" "));
  const found = await examined(server.folder, ALONE);
  expect(found.of("database_integrity").level).toBe("ok");
  expect(state(server.folder).map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual(before);
  expect(await deliver(server.url, server.telnyx, smsEvent(NUMBER, "afterwards"))).toBe("stored");
  const list = await fetch(`${server.url}/v1/sms/messages`, { headers: { authorization: `Bearer ${key}` } });
  expect(await list.text()).toContain("afterwards");
  expect(await server.stop()).toBe(0);
});

test("tables of another version, or another program's, are told and left as they are", async () => {
  const folder = await withDatabase();
  const made = (name: string, ...statements: string[]) => {
    copyFileSync(join(folder, "inlet.db"), join(folder, name));
    const database = new Database(join(folder, name));
    for (const statement of ["PRAGMA journal_mode = DELETE", ...statements]) database.run(statement);
    database.close(true);
    return examined(folder, { ...ALONE, DATABASE_URL: `file:${name}` });
  };
  const newer = await made(
    "newer.db",
    "INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('x', 9e12)",
  );
  expect(newer.of("database_migrated")).toMatchObject({
    level: "error",
    mend: expect.stringMatching(/^run that version/) as string,
  });
  expect(newer.of("unreadable_events").level).toBe("skipped");
  const older = await made("older.db", "DELETE FROM __drizzle_migrations");
  expect(older.of("database_migrated")).toMatchObject({ level: "warning", mend: "inlet database migrate" });
  const foreign = await made("foreign.db", "DROP TABLE __drizzle_migrations");
  expect(foreign.of("database_migrated")).toMatchObject({
    level: "error",
    mend: expect.stringContaining("DATABASE_URL") as string,
  });
  expect(readdirSync(folder).toSorted()).toEqual(["foreign.db", "inlet.db", "newer.db", "older.db"]);
});

test("a damaged file, and one that is no database", async () => {
  const folder = await withDatabase();
  const path = join(folder, "inlet.db");
  const bytes = readFileSync(path);
  // Pages in the middle: the header and the list of tables stay.
  bytes.fill(0xa5, 5 * 4096, bytes.length - 4096);
  writeFileSync(join(folder, "damaged.db"), bytes);
  const damaged = await examined(folder, { ...ALONE, DATABASE_URL: "file:damaged.db" });
  expect(damaged.of("database_integrity")).toMatchObject({
    level: "error",
    mend: expect.stringContaining("restore a backup") as string,
  });
  writeFileSync(join(folder, "text.db"), "no database at all\n".repeat(1_000));
  const text = await examined(folder, { ...ALONE, DATABASE_URL: "file:text.db" });
  expect(text.of("database_integrity")).toMatchObject({
    level: "error",
    message: expect.stringContaining("it is not a database") as string,
  });
  expect(text.of("database_migrated")).toMatchObject({ level: "skipped" });
  expect(readdirSync(folder).toSorted()).toEqual(["damaged.db", "inlet.db", "text.db"]);
});

/** Root may write everywhere. */
const asNobody = process.getuid?.() === 0 ? testWith("setpriv", "util-linux") : test.skip;

asNobody("a folder that may not be written is named, and read all the same", async () => {
  const folder = await withDatabase();
  chmodSync(folder, 0o755);
  chmodSync(join(folder, "inlet.db"), 0o644);
  const executable = join(emptyFolder(), "inlet");
  cpSync(await binary(), executable);
  chmodSync(join(executable, ".."), 0o755);
  const before = state(folder);
  const { stdout } = Bun.spawnSync(
    ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", executable, "doctor", "--json"],
    { cwd: folder, env: bareEnv({ ...ALONE, HOME: "/tmp" }) },
  );
  const { findings } = JSON.parse(stdout.toString()) as Diagnosis;
  const of = (check: string) => findings.find((finding) => finding.check === check);
  expect(of("database_writable")).toMatchObject({
    level: "error",
    message: expect.stringMatching(/nobody may not write .*EACCES/) as string,
    mend: expect.stringContaining("chown") as string,
  });
  expect(of("database_migrated")?.level).toBe("ok");
  expect(of("database_integrity")?.level).toBe("ok");
  expect(state(folder)).toEqual(before);
});
