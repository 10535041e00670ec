/** The source tree explains itself: imports point one way, without cycles, in files of one screen or two. */
import { expect, test } from "bun:test";
import { join, normalize } from "node:path";
import { Glob } from "bun";

const SRC = join(import.meta.dir, "../src");

/**
 * The map: each room with the question that it answers. A room may import itself, the rooms of its own row and those of
 * the rows above. A name is a folder, or a file at the root.
 */
const ROWS: readonly Readonly<Record<string, string>>[] = [
  { errors: "what can go wrong for somebody outside", message: "what a message is", version: "which Inlet" },
  { values: "how a value is written", platform: "what the runtime lacks", log: "what is said" },
  { http: "how we speak HTTP", client: "how a stream is followed" },
  { database: "one connection, whatever it is" },
  { config: "the environment" },
  { directory: "who owns what" },
  { keys: "who is asking", search: "words → seqs" },
  { messages: "the rows" },
  { stream: "who hears, and when", telnyx: "all that knows Telnyx", media: "pictures that are kept" },
  {
    api: "one file a route",
    cluster: "the other processes",
    console: "the page",
    operations: "who runs it",
  },
  { reference: "the description of the API", manual: "how it is used" },
  { app: "every route on one screen" },
  { service: "the wiring" },
  { commands: "one file a command" },
  { main: "argv → command", build: "makes the executable", release: "packs it for others" },
];

const files = [...new Glob("**/*.ts").scanSync({ cwd: SRC })].sort();
const sources = new Map(
  await Promise.all(files.map(async (file) => [file, await Bun.file(join(SRC, file)).text()] as const)),
);

function rowOf(file: string): number {
  const name = file.split("/")[0]?.replace(/\.ts$/, "") ?? "";
  return ROWS.findIndex((row) => name in row);
}

/** Of our own files, types included. */
function imports(file: string): string[] {
  const found = (sources.get(file) ?? "").matchAll(/from "(\.[^"]+\.ts)"/g);
  return [...found].map((match) => normalize(join(file, "..", match[1] ?? "")));
}

test("imports point from commands towards the database, never back", () => {
  for (const file of files) {
    expect(rowOf(file), `${file} is in no room`).toBeGreaterThanOrEqual(0);
    for (const imported of imports(file)) {
      expect(rowOf(file), `${file} imports ${imported}`).toBeGreaterThanOrEqual(rowOf(imported));
    }
  }
});

test("no file needs itself, not even for a type", () => {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    expect(path, `a circle: ${[...path, file].join(" → ")}`).not.toContain(file);
    if (done.has(file)) return;
    for (const needed of imports(file)) visit(needed, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
});

test("files stay under 200 lines, and none is a drawer", () => {
  for (const [file, source] of sources) {
    expect(source.split("\n").length, file).toBeLessThanOrEqual(200);
    expect(file).not.toMatch(/(^|\/)(index|utils?|helpers?|types|common)\.ts$/);
  }
});

test("only main ends the process, and only config reads the environment", () => {
  for (const [file, source] of sources) {
    if (file !== "main.ts") expect(source, file).not.toContain("process.exit(");
    if (file !== "config/config.ts" && file !== "build.ts") expect(source, file).not.toContain("process.env");
  }
});
