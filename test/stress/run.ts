/**
 * Several services, commands and readers over one database file, some of them killed again and again, for a while:
 * what was said to be stored is there at the end, and the file is whole. Checkpoints are a hundred times as frequent
 * as they are in a service. `bun run stress --seconds 600` takes ten minutes. With `--old` the processes checkpoint as they
 * did before, without the write lock: that breaks the file in most runs, within two minutes. With `--foreign` a program
 * with a newer SQLite, in which that is mended, moves the log as well. The last line is one JSON object.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openDatabase } from "../../src/database/open.ts";
import { bareEnv } from "../harness/cli.ts";
import type { Party } from "./party.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    old: { type: "boolean", default: false },
    foreign: { type: "boolean", default: false },
  },
});
const folder = mkdtempSync(join(tmpdir(), "inlet-stress-"));
const path = join(folder, "inlet.db");
const config = { url: `file:${path}`, authToken: null };
const stored: string[] = [];
const faults: string[] = [];
let isOver = false;
let kills = 0;

function start(does: Party["does"], name: string) {
  const child = Bun.spawn(
    [
      process.execPath,
      join(import.meta.dir, "party.ts"),
      JSON.stringify({ path, does, name } satisfies Party),
    ],
    { env: bareEnv(), stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  const listened = listen(child.stdout);
  const ended = Promise.all([new Response(child.stderr).text(), child.exited, listened]).then(
    ([text, code]) => {
      if (!isOver && code !== 137) faults.push(`${name} ended with ${code}: ${text.slice(0, 2000)}`);
      else if (text) faults.push(`${name} said: ${text.slice(0, 2000)}`);
    },
  );
  return { kill: () => child.kill("SIGKILL"), ended };
}

async function listen(output: ReadableStream<Uint8Array>): Promise<void> {
  let rest = "";
  for await (const chunk of output) {
    const lines = (rest + new TextDecoder().decode(chunk)).split("\n");
    // What was cut off by a kill was not said.
    rest = lines.pop() ?? "";
    stored.push(...lines);
  }
}

const TABLE =
  "CREATE TABLE stress (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, body TEXT); CREATE INDEX stress_body ON stress (body)";

async function run(): Promise<void> {
  const database = await openDatabase(config);
  await database.write(TABLE.split("; "));
  await database.close();
  const end = performance.now() + Number(values.seconds) * 1000;
  const roles: Party["does"][] = values.old
    ? ["old-writer", "old-writer", "old-writer", "old-checkpointer", "old-checkpointer"]
    : ["service", "service", "command", "command", "reader", "writer", "writer", "checkpointer"];
  if (values.foreign) roles.push("foreign");
  const parties = roles.map((does, i) => start(does, `${does}${i}`));
  for (let round = 1; performance.now() < end && faults.length === 0; round++) {
    await Bun.sleep(Math.min(1_000 + Math.random() * 1_000, end - performance.now()));
    const victim = Math.floor(Math.random() * 4);
    const [does, party] = [roles[victim], parties[victim]];
    if (values.old || !does || !party || performance.now() > end) continue;
    party.kill();
    kills++;
    await party.ended;
    parties[victim] = start(does, `${does}${victim}.${round}`);
  }
  isOver = true;
  for (const party of parties) party.kill();
  await Promise.all(parties.map(({ ended }) => ended));
}

async function verify(): Promise<void> {
  const database = await openDatabase(config);
  const whole = await database.read("PRAGMA integrity_check(5)");
  const found = await database.read("SELECT id FROM stress");
  await database.close();
  const there = new Set(found.rows.map(({ id }) => id));
  const lost = stored.filter((id) => !there.has(id));
  if (lost.length > 0) faults.push(`${lost.length} lost, the first: ${lost.slice(0, 5).join(", ")}`);
  const findings = whole.rows.map((row) => String(Object.values(row)[0]));
  if (findings.join() !== "ok") faults.push(`integrity_check: ${findings.join("; ")}`);
}

const startedAt = performance.now();
try {
  await run();
  await verify();
} catch (error) {
  faults.push(String(error));
}
// What is found wrong can be looked at.
if (faults.length > 0) process.stderr.write(`kept: ${folder}\n`);
else rmSync(folder, { recursive: true, force: true });
const seconds = Math.round((performance.now() - startedAt) / 1000);
process.stdout.write(
  `${stored.length} rows were said to be stored, in ${seconds} s${faults.length ? "" : ": all there, and the file is whole"}\n`,
);
for (const fault of faults) process.stderr.write(`${fault}\n`);
process.stdout.write(`${JSON.stringify({ stored: stored.length, kills, faults: faults.length, seconds })}\n`);
process.exit(faults.length > 0 ? 1 : 0);
