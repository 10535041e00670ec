/** A log that was left behind is taken with its own file, whenever its process died, and refused with any other. */
import { Database } from "bun:sqlite";
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, existsSync, mkdtempSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import Libsql from "libsql";
import { Connection } from "../../../src/database/connection.ts";
import { checkpoint, seal } from "../../../src/database/file/checkpoint.ts";
import { inspect } from "../../../src/database/file/create.ts";
import { closeLast } from "../../../src/database/file/lastclose.ts";
import { type LogContent, readLogContent } from "../../../src/database/file/logfile.ts";
import { readLogIndex } from "../../../src/database/file/logindex.ts";
import { LocalEngine } from "../../../src/database/local.ts";
import { openDatabase } from "../../../src/database/open.ts";
import { PATIENT } from "../../../src/database/roles.ts";
import { emptyFolder, stopEverything } from "../../harness/cleanup.ts";
import { bareEnv } from "../../harness/cli.ts";
import type { Party } from "../../stress/party.ts";

setDefaultTimeout(120_000);
afterAll(stopEverything);

const folder = emptyFolder();
const PARTY = join(import.meta.dir, "../../stress/party.ts");
const ENDS = ["", "-wal", "-shm"];

/** What can happen to a file; a copy may be made of it after each. */
type Step =
  | "write"
  | "checkpoint"
  | "blocked checkpoint"
  | "moves beside two readers"
  | "close and open"
  | "foreign checkpoint";

interface Copy {
  readonly how: string;
  readonly file: Buffer;
}

/** A transaction that reads, and so keeps all later commits in the log. */
function readerOf(path: string) {
  const reader = new Libsql(path);
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM things").all();
  return () => {
    reader.exec("COMMIT");
    reader.close();
  };
}

class History {
  readonly path = join(mkdtempSync(join(folder, "history-")), "inlet.db");
  readonly copies: Copy[] = [];
  /** The log was moved in part, or not by us: then a copy made in its middle cannot be told from its file. */
  isLoose = false;
  #connection: Connection | null = null;

  get #open(): Connection {
    this.#connection ??= new Connection({ url: `file:${this.path}`, authToken: null }, PATIENT);
    return this.#connection;
  }

  async begin(): Promise<void> {
    await (await openDatabase({ url: `file:${this.path}`, authToken: null })).close();
    await this.#open.write(["CREATE TABLE things (body TEXT)"]);
    await this.#open.checkpoint();
  }

  async take(step: Step): Promise<void> {
    if (step === "write") {
      const rows = Array.from(
        { length: 1 + Math.floor(Math.random() * 20) },
        () => "INSERT INTO things VALUES (hex(randomblob(2000)))",
      );
      await this.#open.write(rows);
    } else if (step === "checkpoint") {
      await this.#open.checkpoint();
      this.isLoose = false;
    } else if (step === "blocked checkpoint") await this.#checkpointBeside();
    else if (step === "moves beside two readers") await this.#moveBesideTwo();
    else if (step === "close and open") {
      await closeLast(this.#open, this.path, null);
      this.#connection = null;
      this.copies.push({
        how: "a copy of what was left",
        file: Buffer.from(await Bun.file(this.path).bytes()),
      });
      await this.#open.write([]);
      await this.#open.checkpoint();
      this.isLoose = false;
    } else if (step === "foreign checkpoint") {
      const foreign = new Libsql(this.path);
      foreign.prepare("PRAGMA wal_checkpoint(PASSIVE)").all();
      foreign.close();
      this.isLoose = true;
    }
    // Another engine in this process would drop the locks of ours: it gets files of its own.
    const reader = new Database(this.killed());
    this.copies.push({ how: `a backup after: ${step}`, file: reader.serialize() });
    reader.close();
  }

  /** The files as they are, somewhere else: as after the process's sudden end. */
  killed(): string {
    const copy = join(mkdtempSync(join(folder, "killed-")), "inlet.db");
    for (const end of ENDS) if (existsSync(this.path + end)) copyFileSync(this.path + end, copy + end);
    return copy;
  }

  async end(): Promise<void> {
    await this.#connection?.release();
  }

  async #checkpointBeside(): Promise<void> {
    const reader = new Libsql(this.path);
    reader.exec("BEGIN");
    reader.prepare("SELECT count(*) FROM things").all();
    await this.take("write");
    await this.#open.checkpoint();
    reader.exec("COMMIT");
    reader.close();
    this.isLoose = true;
  }

  /** The first move takes the first page along; before the second it is written on both sides of a reader. */
  async #moveBesideTwo(): Promise<void> {
    await this.#open.write(["INSERT INTO things VALUES ('x')"]);
    await this.#open.seal();
    const endFirst = readerOf(this.path);
    await this.#open.write(["UPDATE things SET body = 'y' WHERE body = 'x'"]);
    await this.#open.checkpoint();
    await this.take("write");
    const endSecond = readerOf(this.path);
    await this.take("write");
    endFirst();
    await this.#open.checkpoint();
    endSecond();
    this.isLoose = true;
  }
}

const url = (path: string) => `file:${path}`;

function isRefused(path: string): boolean {
  try {
    inspect(url(path));
    return false;
  } catch (error) {
    expect(String(error)).toContain("is not the log of the database");
    return true;
  }
}

const STEPS: Step[] = [
  "write",
  "write",
  "checkpoint",
  "blocked checkpoint",
  "moves beside two readers",
  "close and open",
  "foreign checkpoint",
];

test("a log belongs to its file after any history, and to no copy of another time", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...STEPS), { minLength: 1, maxLength: 12 }), async (steps) => {
      const history = new History();
      await history.begin();
      for (const step of steps) {
        await history.take(step);
        expect(isRefused(history.killed()), `after ${step}`).toBe(false);
      }
      await history.take("write");
      for (const { how, file } of history.copies.slice(0, -1)) {
        const restored = history.killed();
        writeFileSync(restored, file);
        if (isRefused(restored)) continue;
        expect(history.isLoose, `${how}, then ${steps}`).toBe(true);
      }
      await history.end();
    }),
    { numRuns: 10 },
  );
});

test("a log belongs to its file where two moves came as far as two readers let them", async () => {
  const history = new History();
  await history.begin();
  await history.take("write");
  const [engine, copier] = [0, 1].map(() => new LocalEngine(new Libsql(history.path)));
  if (!engine || !copier) throw new Error("no engine");
  for (const each of [engine, copier]) each.execute("PRAGMA wal_autocheckpoint = 0");
  const change = () => engine.execute("UPDATE things SET body = hex(randomblob(2000)) WHERE rowid = 1");
  // Sealed before the first reader came: this move takes the first page, with the database's header, along.
  seal(engine);
  const endFirst = readerOf(history.path);
  change();
  checkpoint(engine, copier, history.path);
  expect(readLogIndex(history.path, log(history.path))?.moved).toBeGreaterThan(0);
  // The header is written again, before the second reader and behind it: the next move leaves the first page as it is.
  await history.take("write");
  const endSecond = readerOf(history.path);
  await history.take("write");
  endFirst();
  checkpoint(engine, copier, history.path);
  expect(isRefused(history.killed())).toBe(false);
  endSecond();
  engine.close();
  copier.close();
  await history.end();
});

function log(path: string): LogContent {
  const content = readLogContent(path);
  if (content === null) throw new Error("there is no log");
  return content;
}

/** Says after each statement that it was carried out. */
class Watched extends LocalEngine {
  isWriting = false;
  readonly #path: string;
  readonly #hook: () => void;
  constructor(path: string, hook: () => void) {
    super(new Libsql(path));
    this.#path = path;
    this.#hook = hook;
    for (const pragma of ["wal_autocheckpoint = 0", "synchronous = OFF"]) super.execute(`PRAGMA ${pragma}`);
  }
  override execute(...args: Parameters<LocalEngine["execute"]>) {
    const result = super.execute(...args);
    this.isWriting = args[0] === "BEGIN IMMEDIATE" || (this.isWriting && args[0] !== "COMMIT");
    if (existsSync(this.#path)) this.#hook();
    return result;
  }
}

const FOREIGN = ["nothing", "moves the log", "moves the log and writes"] as const;

for (const before of ["write", "blocked checkpoint", "close and open"] satisfies Step[]) {
  for (const foreign of FOREIGN) {
    test(`a log belongs to its file after each statement of a checkpoint (${before}; a foreign program ${foreign})`, async () => {
      // Each third statement, from another one on each time: the foreign program's turn.
      for (let at = 1 + Math.floor(Math.random() * 3), last = at; at <= last; at += 3) {
        const history = new History();
        await history.begin();
        await history.take(before);
        if (before === "close and open") await history.take("write");
        await history.end();
        const other = new Libsql(history.path);
        const act = () => {
          if (foreign === "nothing") return;
          other.prepare("PRAGMA wal_checkpoint(PASSIVE)").all();
          if (foreign === "moves the log" || engine.isWriting) return;
          other.exec("CREATE TABLE IF NOT EXISTS others (id); INSERT INTO others SELECT randomblob(9000)");
        };
        let statements = 0;
        const hook = () => {
          statements++;
          if (statements === at) act();
          expect(isRefused(history.killed()), `after statement ${statements}, foreign at ${at}`).toBe(false);
        };
        const engine = new Watched(history.path, hook);
        const copier = new Watched(history.path, () => undefined);
        checkpoint(engine, copier, history.path);
        last = foreign === "nothing" ? at : statements;
        for (const one of [engine, copier, other]) one.close();
      }
    });
  }
}

test("a backup made in the middle of a log is refused, also when its process died while it moved the log", async () => {
  const history = new History();
  await history.begin();
  await history.take("write");
  const [backup] = history.copies;
  await history.take("write");
  let refused = 0;
  const hook = () => {
    expect(isRefused(history.killed())).toBe(false);
    const restored = history.killed();
    if (!backup || (statSync(`${restored}-wal`, { throwIfNoEntry: false })?.size ?? 0) === 0) return;
    writeFileSync(restored, backup.file);
    expect(isRefused(restored)).toBe(true);
    refused++;
  };
  const engine = new Watched(history.path, hook);
  const copier = new Watched(history.path, hook);
  checkpoint(engine, copier, history.path);
  for (const one of [engine, copier]) one.close();
  await history.end();
  expect(refused).toBeGreaterThan(5);
});

test("a backup made beside a reader that keeps the log from being moved is refused", async () => {
  const history = new History();
  await history.begin();
  await history.take("write");
  await history.take("blocked checkpoint");
  const [early, late] = history.copies;
  await history.take("write");
  for (const copy of [early, late, history.copies.at(-2)].slice(1)) {
    const restored = history.killed();
    writeFileSync(restored, copy?.file ?? "");
    expect(isRefused(restored), copy?.how).toBe(true);
  }
  await history.end();
});

test("a log belongs to its file whenever its process was killed, checkpoints included", async () => {
  const path = join(mkdtempSync(join(folder, "killing-")), "inlet.db");
  const database = await openDatabase({ url: url(path), authToken: null });
  await database.write([
    "CREATE TABLE stress (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, body TEXT)",
  ]);
  await database.close();
  for (let round = 0; round < 8; round++) {
    const task = JSON.stringify({ path, does: "service", name: `round${round}` } satisfies Party);
    const child = Bun.spawn([process.execPath, PARTY, task], { env: bareEnv(), stdout: "pipe" });
    await child.stdout.getReader().read();
    await Bun.sleep(Math.random() * 60);
    child.kill("SIGKILL");
    await child.exited;
    expect(isRefused(path), `round ${round}`).toBe(false);
  }
});
