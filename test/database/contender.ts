/**
 * Other processes that want the same database. `contend` runs this very file once for each task; each says when
 * it is ready, and all begin together.
 */
import { Connection } from "../../src/database/connection.ts";
import { openDatabase } from "../../src/database/open.ts";
import { PATIENT } from "../../src/database/roles.ts";
import type { InboundMessage } from "../../src/message.ts";
import { insertedRows, insertStatement } from "../../src/messages/insert.ts";
import { toInsertRow } from "../../src/messages/row.ts";
import { atTheEnd } from "../harness/cleanup.ts";
import { bareEnv } from "../harness/cli.ts";

export interface Task {
  readonly url: string;
  /** Opens the database as a command does, or stores messages in many transactions. */
  readonly does: "open" | "store";
  readonly name?: string;
  readonly busyTimeoutMs?: number;
  readonly commits?: number;
  /** So many rows at most in each transaction. */
  readonly rows?: number;
}

export interface Contender {
  /** What it has said so far: of `open` its findings, of `store` the ids that it was told are stored. */
  readonly said: string[];
  readonly ended: () => number | null;
}

/** Starts one process for each task. Resolves when all have been let go. */
export async function contend(tasks: readonly Task[]): Promise<Contender[]> {
  const children = tasks.map((task) =>
    Bun.spawn([process.execPath, import.meta.path, JSON.stringify(task)], {
      env: bareEnv(),
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    }),
  );
  for (const child of children) atTheEnd(() => child.kill("SIGKILL"));
  const contenders = children.map((child) => {
    const said: string[] = [];
    const { promise: ready, resolve } = Promise.withResolvers<void>();
    const listened = lines(child.stdout, (line) => (line === "ready" ? resolve() : said.push(line)));
    let exitCode: number | null = null;
    void Promise.all([child.exited, listened]).then(([code]) => {
      exitCode = code;
    });
    return { said, ready, ended: () => exitCode };
  });
  await Promise.all(contenders.map(({ ready }) => ready));
  for (const child of children) void child.stdin.end();
  return contenders;
}

export function storable(id: string, to = "+14155559999", body = id): InboundMessage {
  const received_at = "2026-05-22T18:30:00.000Z";
  return { telnyx_id: id, message: { message_id: id, from: "+13125550001", to, body, received_at } };
}

async function lines(output: ReadableStream<Uint8Array>, take: (line: string) => unknown): Promise<void> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of output) {
    const whole = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = whole.pop() ?? "";
    whole.forEach(take);
  }
}

const say = (line: string) => process.stdout.write(`${line}\n`);

async function open({ url }: Task): Promise<void> {
  const database = await openDatabase({ url, authToken: null });
  const { epoch } = await database.installation();
  say(JSON.stringify({ created: database.created, migrated: database.migrated, epoch }));
  await database.close();
}

/** Every third message is one that all contenders store: it is said by the one that was first. */
async function store({ url, name = "", busyTimeoutMs = 0, commits = 1, rows = 1 }: Task): Promise<void> {
  const connection = new Connection(
    { url, authToken: null },
    { ...PATIENT, busyTimeoutMs, deadlineMs: 30_000 },
  );
  for (let commit = 0, next = 0; commit < commits; commit++) {
    const count = 1 + Math.floor(Math.random() * rows);
    const ids = Array.from({ length: count }, () => (++next % 3 ? `${name}-${next}` : `shared-${next}`));
    const statement = insertStatement(ids.map((id) => toInsertRow(storable(id))));
    const [result] = await connection.write([statement]);
    for (const [, id] of result ? insertedRows(result) : []) say(id);
  }
  await connection.close();
}

if (import.meta.main) {
  const task = JSON.parse(process.argv[2] ?? "") as Task;
  say("ready");
  await Bun.stdin.text();
  await (task.does === "open" ? open(task) : store(task));
}
