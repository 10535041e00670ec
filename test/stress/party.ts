/** One of the processes of the stress: does what it is told over one file, and says what it was told is stored. */
import { Database } from "bun:sqlite";
import Libsql from "libsql";
import { checkpoint } from "../../src/database/file/checkpoint.ts";
import { Checkpointer, USUAL } from "../../src/database/file/checkpointer.ts";
import { FileLock } from "../../src/database/file/filelock.ts";
import { LocalEngine } from "../../src/database/local.ts";
import { openDatabase } from "../../src/database/open.ts";
import { DatabaseThread } from "../../src/database/thread.ts";

export interface Party {
  readonly path: string;
  /**
   * A service writes, and one of them moves the log. A command opens, writes and closes again and again, and ends the
   * log where it is alone. A reader keeps transactions open, through SQLite of another version; a foreign
   * program moves the log through that, which has the mended checkpoint. Writer and checkpointer
   * do nothing but that, without syncs, to meet as often as possible. `old-…` is how it was: everybody checkpoints,
   * without the write lock.
   */
  readonly does:
    | "service"
    | "command"
    | "reader"
    | "foreign"
    | "writer"
    | "checkpointer"
    | "old-writer"
    | "old-checkpointer";
  readonly name: string;
}

const INSERT = "INSERT INTO stress (id, body) VALUES (?, ?)";
let next = 0;

function row(name: string): { sql: string; args: string[] } {
  const body = crypto.randomUUID().repeat(2 + Math.floor(Math.random() * 80));
  return { sql: INSERT, args: [`${name}-${++next}`, body] };
}

function say(rows: readonly { args: string[] }[]): void {
  for (const { args } of rows) process.stdout.write(`${args[0]}\n`);
}

async function service({ path, name }: Party): Promise<void> {
  const writer = new DatabaseThread({ url: `file:${path}`, authToken: null }, "writing");
  const frequent = { ...USUAL, pages: 40, everyMs: 2, againMs: 20 };
  const fail = (error: unknown) => process.stderr.write(`${error}\n`);
  new Checkpointer(path, writer.checkpoint, fail, frequent).start();
  for (;;) {
    const rows = Array.from({ length: 1 + Math.floor(Math.random() * 4) }, () => row(name));
    await writer.write(rows);
    say(rows);
  }
}

async function command({ path, name }: Party): Promise<void> {
  for (;;) {
    const database = await openDatabase({ url: `file:${path}`, authToken: null });
    const one = row(name);
    await database.write([one]);
    say([one]);
    await database.close();
    await Bun.sleep(Math.random() * 50);
  }
}

async function reader({ path }: Party): Promise<void> {
  for (;;) {
    try {
      const database = new Database(path, { readonly: true });
      for (let i = 0; i < 20; i++) {
        database.run("BEGIN");
        database.query("SELECT count(*) FROM stress").get();
        await Bun.sleep(Math.random() * 40);
        database.query("SELECT max(seq) FROM stress").get();
        database.run("COMMIT");
      }
      database.close();
    } catch (error) {
      // A file whose log is being ended or begun is locked for a moment, and cannot be opened for reading alone.
      if (!/locked|unable to open|readonly/.test(String(error))) throw error;
      await Bun.sleep(5);
    }
  }
}

async function foreign({ path }: Party): Promise<void> {
  for (;;) {
    try {
      const database = new Database(path);
      database.run("PRAGMA busy_timeout = 200");
      for (let i = 0; i < 200; i++) {
        database.run(`PRAGMA wal_checkpoint(${i % 10 ? "PASSIVE" : "RESTART"})`);
        await Bun.sleep(Math.random() * 4);
      }
      database.close();
    } catch (error) {
      if (!/locked|unable to open/.test(String(error))) throw error;
      await Bun.sleep(5);
    }
  }
}

/** Fifty times, when nobody else has the lock. */
async function holding(path: string, work: () => unknown): Promise<void> {
  const lock = FileLock.take(path);
  if (lock === null) return Bun.sleep(5);
  for (let i = 0; i < 50; i++) {
    work();
    await Bun.sleep(Math.random());
  }
  lock.release();
}

async function fast({ path, name, does }: Party): Promise<void> {
  const isOld = does.startsWith("old");
  const [engine, copier] = [0, 1].map(() => {
    const opened = new LocalEngine(new Libsql(path, { timeout: 10_000 }));
    opened.execute("PRAGMA journal_mode = WAL");
    opened.execute("PRAGMA synchronous = OFF");
    opened.execute(`PRAGMA wal_autocheckpoint = ${isOld ? 20 : 0}`);
    return opened;
  });
  if (!engine || !copier) return;
  for (;;) {
    if (does === "old-checkpointer") engine.execute("PRAGMA wal_checkpoint(PASSIVE)");
    else if (does === "checkpointer") await holding(path, () => checkpoint(engine, copier, path));
    else {
      const one = row(name);
      engine.execute(one);
      say([one]);
    }
    // Whoever wants the write lock asks for it again and again: let them have it now and then.
    if (Math.random() < (isOld ? 0.01 : 0.1)) await Bun.sleep(isOld ? 0 : 3);
  }
}

const party = JSON.parse(process.argv[2] ?? "") as Party;
await {
  service,
  command,
  reader,
  foreign,
  writer: fast,
  checkpointer: fast,
  "old-writer": fast,
  "old-checkpointer": fast,
}[party.does](party);
