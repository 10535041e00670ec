/** The database's files are removed, moved, replaced or covered while it serves: nothing acknowledged is lost. */
import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { atTheEnd, emptyFolder } from "../harness/cleanup.ts";
import { inlet } from "../harness/cli.ts";
import { PREPARED_NUMBER, preparedFolder, startPrepared } from "../harness/prepared.ts";
import { type Server, startServer } from "../harness/server.ts";
import { deliver, sendWebhook, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(60_000);
/** What two workers need to start again on a busy machine. */
const LONG_MS = 30_000;

const errorLines = ({ log }: Server) =>
  log()
    .split("\n")
    .filter((line) => line.includes('"level":"ERROR"'));
const readiness = async ({ url }: Server) => (await fetch(`${url}/readyz`)).status;
const files = (folder: string) =>
  readdirSync(folder)
    .filter((name) => /^inlet\.db(-wal|-shm)?$/.test(name))
    .map((name) => join(folder, name));

/** As SQLite itself reads the file. */
function storedTexts(folder: string): string[] {
  const database = new Database(join(folder, "inlet.db"));
  try {
    return database
      .query<{ body: string }, []>("SELECT body FROM messages")
      .all()
      .map(({ body }) => body);
  } finally {
    database.close();
  }
}

/** Sends one after the other until it is stopped; keeps what was acknowledged. */
function load(server: Server) {
  const acknowledged: string[] = [];
  let isOver = false;
  let count = 0;
  const send = async () => {
    while (!isOver) {
      const text = `load ${++count}`;
      const response = await sendWebhook(server.url, server.telnyx, smsEvent(PREPARED_NUMBER, text)).catch(
        () => null,
      );
      if (response?.status === 200) acknowledged.push(text);
      else await Bun.sleep(5); // as one who is refused waits
    }
  };
  const sending = Promise.all([send(), send(), send()]);
  return {
    acknowledged,
    stop: async () => {
      isOver = true;
      await sending;
    },
  };
}

/** What somebody does to the folder of the database, and how to undo it. */
const LOSSES: Record<string, (data: string) => () => void> = {
  "mv inlet.db": (data) => {
    renameSync(`${data}/inlet.db`, `${data}/old`);
    return () => renameSync(`${data}/old`, `${data}/inlet.db`);
  },
  "mv inlet.db, and another in its place": (data) => {
    copyFileSync(`${data}/inlet.db`, `${data}/other`);
    renameSync(`${data}/inlet.db`, `${data}/old`);
    renameSync(`${data}/other`, `${data}/inlet.db`);
    return () => renameSync(`${data}/old`, `${data}/inlet.db`);
  },
  "mv of the folder": (data) => {
    renameSync(data, `${data}.old`);
    return () => renameSync(`${data}.old`, data);
  },
  "mv of the folder, and an empty one in its place": (data) => {
    renameSync(data, `${data}.old`);
    mkdirSync(data);
    return () => {
      rmSync(data, { recursive: true });
      renameSync(`${data}.old`, data);
    };
  },
  "a file system mounted over the folder": (data) => {
    const { exitCode } = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", data]);
    if (exitCode !== 0) throw new Error("no mount");
    // At once, though somebody may be looking into it.
    const unmount = () => void Bun.spawnSync(["umount", "--lazy", data]);
    atTheEnd(unmount);
    return unmount;
  },
};
const mayMount = process.getuid?.() === 0 && Bun.spawnSync(["unshare", "-m", "true"]).exitCode === 0;

for (const [name, lose] of Object.entries(LOSSES)) {
  const run = name.includes("mounted") && !mayMount ? test.skip : test;
  run(`${name}: 503 until it is back, said once, no file made, and nothing lost`, async () => {
    const folder = emptyFolder();
    const data = join(folder, "data");
    mkdirSync(data);
    const env = { DATABASE_URL: `file:${data}/inlet.db` };
    await preparedFolder(data);
    const server = await startServer({ folder, env });
    await deliver(server.url, server.telnyx, smsEvent(PREPARED_NUMBER, "before"));
    const sending = load(server);
    await until("some are stored", () => sending.acknowledged.length > 20);
    const undo = lose(data);
    const until503 = async () => (await readiness(server)) === 503;
    await until("it is not ready", until503);
    const before = existsSync(data) ? readdirSync(data).sort() : [];
    const stored = sending.acknowledged.length;
    await Bun.sleep(300);
    expect(sending.acknowledged.length).toBe(stored);
    expect(existsSync(data) ? readdirSync(data).sort() : []).toEqual(before);
    expect(errorLines(server)).toHaveLength(1);
    expect(errorLines(server)[0]).toContain("INLET_FILE_MOVED");
    undo();
    await until("it is ready again", async () => (await readiness(server)) === 200);
    await until("more are stored", () => sending.acknowledged.length > stored + 5);
    await sending.stop();
    expect(errorLines(server)).toHaveLength(1);
    expect(await server.stop()).toBe(0);
    expect(storedTexts(data)).toEqual(expect.arrayContaining(["before", ...sending.acknowledged]));
  });
}

test("rm inlet.db*: 503 from then on, nothing is made in its place, and the log says where it is held", async () => {
  const server = await startPrepared();
  await deliver(server.url, server.telnyx, smsEvent(PREPARED_NUMBER, "before"));
  for (const file of files(server.folder)) rmSync(file);
  const answers = [];
  for (let i = 0; i < 30; i++)
    answers.push(
      (await sendWebhook(server.url, server.telnyx, smsEvent(PREPARED_NUMBER, `lost ${i}`))).status,
    );
  expect(new Set(answers)).toEqual(new Set([503]));
  expect(await readiness(server)).toBe(503);
  await until("it is said", () => errorLines(server).length > 0);
  expect(errorLines(server)).toHaveLength(1);
  const [, held = ""] = /"held":\["([^"]+)"/.exec(errorLines(server)[0] ?? "") ?? [];
  copyFileSync(held, join(server.folder, "rescued.db"));
  expect(statSync(join(server.folder, "rescued.db")).size).toBeGreaterThan(0);
  expect(files(server.folder)).toEqual([]);
});

for (const order of [
  ["-wal", "-shm", ""],
  ["-shm", "", "-wal"],
  ["", "-wal", "-shm"],
]) {
  test(`all files moved away one after the other (${order.map((end) => `db${end}`).join()}) and back: it goes on`, async () => {
    const server = await startPrepared();
    const sending = load(server);
    await until("some are stored", () => sending.acknowledged.length > 20);
    for (const end of order)
      renameSync(join(server.folder, `inlet.db${end}`), join(server.folder, `x${end}`));
    await until("it is said", () => errorLines(server).length > 0);
    expect(errorLines(server)[0]).toContain("INLET_FILE_MOVED");
    for (const end of order)
      renameSync(join(server.folder, `x${end}`), join(server.folder, `inlet.db${end}`));
    await until("it is ready again", async () => (await readiness(server)) === 200);
    const stored = sending.acknowledged.length;
    await until("more are stored", () => sending.acknowledged.length > stored + 5);
    await sending.stop();
    expect(errorLines(server)).toHaveLength(1);
    expect(await server.stop()).toBe(0);
    expect(storedTexts(server.folder)).toEqual(expect.arrayContaining(sending.acknowledged));
  });
}

for (const how of [
  "mv of the folder, and an empty one in its place",
  "a file system mounted over the folder",
]) {
  const run = how.includes("mounted") && !mayMount ? test.skip : test;
  run(
    `${how}, in which it was started: 503, nothing is made there, and it goes on when it is back`,
    async () => {
      const folder = join(emptyFolder(), "service");
      mkdirSync(folder);
      const server = await startPrepared({ folder });
      const { acknowledged, stop } = load(server);
      await until("texts are stored", () => acknowledged.length > 20);
      const undo = LOSSES[how]?.(folder);
      await until("it is noticed", () => errorLines(server).length > 0);
      await Bun.sleep(500); // for whoever opens the file anew after an error
      expect(await readiness(server)).toBe(503);
      expect(errorLines(server).join()).toContain("INLET_FILE_MOVED");
      expect(readdirSync(folder)).toEqual([]);
      undo?.();
      await until("it goes on", async () => (await readiness(server)) === 200);
      await stop();
      expect(await server.stop()).toBe(0);
      expect(storedTexts(folder)).toEqual(expect.arrayContaining(acknowledged));
    },
  );
}

for (const begun of [false, true]) {
  const who = begun ? ", and another begun in its place" : "";
  test(`rm inlet.db-wal${who}: it is put back, exit 1, and everything acknowledged is there`, async () => {
    const server = await startPrepared();
    const sending = load(server);
    await until("some are stored", () => sending.acknowledged.length > 20);
    rmSync(join(server.folder, "inlet.db-wal"));
    // As whoever opens the database at this moment does.
    if (begun) writeFileSync(join(server.folder, "inlet.db-wal"), "", { mode: 0o600 });
    expect(await server.ended).toBe(1);
    await sending.stop();
    expect(errorLines(server)).toHaveLength(1);
    expect(statSync(join(server.folder, "inlet.db-wal")).mode & 0o777).toBe(0o600);
    await startServer({ folder: server.folder, telnyx: server.telnyx });
    expect(storedTexts(server.folder)).toEqual(expect.arrayContaining(sending.acknowledged));
  });
}

test("rm inlet.db-shm: exit 1, and everything acknowledged is there", async () => {
  const server = await startPrepared();
  const sending = load(server);
  await until("some are stored", () => sending.acknowledged.length > 20);
  rmSync(join(server.folder, "inlet.db-shm"));
  expect(await server.ended).toBe(1);
  await sending.stop();
  await startServer({ folder: server.folder, telnyx: server.telnyx });
  expect(storedTexts(server.folder)).toEqual(expect.arrayContaining(sending.acknowledged));
});

test("workers whose log was removed start again over all that was acknowledged", async () => {
  const server = await startPrepared({ args: ["--workers", "2"] });
  const sending = load(server);
  await until("some are stored", () => sending.acknowledged.length > 20);
  rmSync(join(server.folder, "inlet.db-wal"));
  await until("both are started again", () => server.log().split("is started again").length === 3, LONG_MS);
  const stored = sending.acknowledged.length;
  await until("more are stored", () => sending.acknowledged.length > stored + 5, LONG_MS);
  await sending.stop();
  expect(storedTexts(server.folder)).toEqual(expect.arrayContaining(sending.acknowledged));
  expect(await server.stop()).toBe(0);
});

test("a copy over the file while it is open is noticed: 503 and exit 1", async () => {
  const server = await startPrepared();
  const other = await preparedFolder();
  await inlet(other, ["numbers", "remove", PREPARED_NUMBER]);
  const sending = load(server);
  await until("some are stored", () => sending.acknowledged.length > 20);
  copyFileSync(join(other, "inlet.db"), join(server.folder, "inlet.db"));
  const stored = sending.acknowledged.length;
  expect(await server.ended).toBe(1);
  await sending.stop();
  // Those that were on their way when the copy began.
  expect(sending.acknowledged.length - stored).toBeLessThan(10);
  expect(errorLines(server)).toHaveLength(1);
  expect(errorLines(server)[0]).toContain("INLET_FILE_CHANGED");
});

test("touch inlet.db, and a backup that reads it, change nothing", async () => {
  const server = await startPrepared();
  await deliver(server.url, server.telnyx, smsEvent(PREPARED_NUMBER, "before"));
  for (let i = 0; i < 5; i++) {
    utimesSync(join(server.folder, "inlet.db"), new Date(), new Date(Date.now() - i * 1_000));
    copyFileSync(join(server.folder, "inlet.db"), join(server.folder, "copy"));
    expect(await deliver(server.url, server.telnyx, smsEvent(PREPARED_NUMBER, `text ${i}`))).toBe("stored");
  }
  expect(await readiness(server)).toBe(200);
  expect(errorLines(server)).toEqual([]);
});

test("where the log lies without its database, nothing new is begun", async () => {
  const server = await startPrepared();
  await deliver(server.url, server.telnyx, smsEvent(PREPARED_NUMBER, "before"));
  await server.kill();
  rmSync(join(server.folder, "inlet.db"));
  const { code, stderr } = await inlet(server.folder, ["serve"]);
  expect(code).toBe(1);
  expect(stderr).toContain("is missing, but its log");
  expect(existsSync(join(server.folder, "inlet.db"))).toBe(false);
});
