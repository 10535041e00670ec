/** The source tree explains itself: imports point one way, without cycles, in files of one screen or two. */
import { expect, test } from "bun:test";
import { join, normalize } from "node:path";
import { Glob } from "bun";

const SRC = join(import.meta.dir, "../src");

/** Each layer may import itself and those before it. A name is a folder, or a file at the root. */
const LAYERS = [
  ["errors", "message", "version"],
  ["values", "platform", "log"],
  ["http", "client"],
  ["database"],
  ["config"],
  ["directory"],
  ["keys", "search"],
  ["messages"],
  ["stream", "telnyx"],
  ["api", "cluster", "console", "operations"],
  ["reference"],
  ["app"],
  ["service"],
  ["commands"],
  ["main", "build"],
];

const files = [...new Glob("**/*.ts").scanSync({ cwd: SRC })].sort();
const sources = new Map(
  await Promise.all(files.map(async (file) => [file, await Bun.file(join(SRC, file)).text()] as const)),
);

function layerOf(file: string): number {
  const name = file.split("/")[0]?.replace(/\.ts$/, "") ?? "";
  return LAYERS.findIndex((layer) => layer.includes(name));
}

/** Of our own files, types included. */
function imports(file: string): string[] {
  const found = (sources.get(file) ?? "").matchAll(/from "(\.[^"]+\.ts)"/g);
  return [...found].map((match) => normalize(join(file, "..", match[1] ?? "")));
}

test("imports point from commands towards the database, never back", () => {
  for (const file of files) {
    expect(layerOf(file), `${file} is in no layer`).toBeGreaterThanOrEqual(0);
    for (const imported of imports(file)) {
      expect(layerOf(file), `${file} imports ${imported}`).toBeGreaterThanOrEqual(layerOf(imported));
    }
  }
});

test("no file needs itself to be loaded", () => {
  const transpiler = new Bun.Transpiler({ loader: "ts" });
  const needs = (file: string) =>
    transpiler
      .scanImports(sources.get(file) ?? "")
      .filter(({ path }) => path.startsWith(".") && path.endsWith(".ts"))
      .map(({ path }) => normalize(join(file, "..", path)));
  // Each once: by every path there are hundreds of thousands of visits.
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    expect(path, `a cycle: ${[...path, file].join(" → ")}`).not.toContain(file);
    if (done.has(file)) return;
    for (const needed of needs(file)) visit(needed, [...path, file]);
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
