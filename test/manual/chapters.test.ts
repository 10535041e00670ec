/** The manual as text: every link leads somewhere, and what is made from the source says what the source does. */
import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { describeCommands } from "../../src/commands/chapter.ts";
import { createProgram } from "../../src/commands/program.ts";
import { describeVariables, readConfig } from "../../src/config/config.ts";
import { chapterText } from "../../src/manual/chapters.ts";
import { CONTENTS, isChapter } from "../../src/manual/contents.ts";
import { environmentFile } from "../../src/manual/environment.ts";
import { ROOT } from "../harness/binary.ts";

const texts = new Map(
  CONTENTS.map(({ name }) => [name as string, chapterText(name, () => describeCommands(createProgram()))]),
);
const readme = await Bun.file(join(ROOT, "README.md")).text();

/** As the served page names its headings. */
function anchors(text: string): string[] {
  const html = Bun.markdown.html(text, { headings: { ids: true } });
  return [...html.matchAll(/<h\d id="([^"]+)"/g)].map((match) => match[1] ?? "");
}

test("each dependency has a reason", () => {
  const reasons = texts.get("architecture") ?? "";
  for (const name of Object.keys(manifest.dependencies))
    expect(reasons).toMatch(new RegExp(`^\\|.*\`${name}\``, "m"));
});

test("every chapter begins with its title, and is all there", () => {
  for (const { name, title } of CONTENTS) {
    const text = texts.get(name) ?? "";
    expect(text.split("\n")[0], name).toBe(`# ${title}`);
    expect(text, name).not.toContain("{{");
    expect(text, name).not.toContain("undefined");
  }
});

test("every link of manual and README leads to a chapter, and to a heading that is there", () => {
  const linksOf = (text: string) =>
    [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1] ?? "")
      .filter((to) => !/^https?:/.test(to));
  for (const [name, text] of texts) {
    for (const link of linksOf(text)) {
      const [file = "", anchor] = link.split("#");
      const chapter = file === "" ? name : file.replace(/\.md$/, "");
      expect(isChapter(chapter), `${name}.md links to ${link}`).toBe(true);
      if (anchor) expect(anchors(texts.get(chapter) ?? ""), `${name}.md links to ${link}`).toContain(anchor);
    }
  }
  for (const link of linksOf(readme)) {
    const [path = "", anchor] = link.split("#");
    expect(existsSync(join(ROOT, path)), `README.md links to ${link}`).toBe(true);
    const chapter = /^src\/manual\/(\w+)\.md$/.exec(path)?.[1];
    if (anchor && chapter) expect(anchors(texts.get(chapter) ?? ""), link).toContain(anchor);
  }
});

test("the chapter on commands has the help of every command that people see", () => {
  const text = texts.get("commands") ?? "";
  for (const path of [
    "serve",
    "keys create",
    "numbers move",
    "telnyx backfill",
    "database migrate",
    "tail",
  ]) {
    expect(text).toContain(`inlet ${path}\n`);
    expect(text).toContain(`Usage: inlet ${path} `);
  }
  expect(text).toContain("inlet telnyx backfill --since 24h --json");
  expect(text).not.toContain("--worker ");
  expect(text).not.toContain("\u001B");
});

test("the chapter on the environment has every variable, with the bounds that the reading holds to", () => {
  const text = texts.get("environment") ?? "";
  for (const { name } of describeVariables()) expect(text).toContain(`- **\`${name}\`**`);
  expect(text).toContain("Default: `10000`. Allowed: a whole number from 1 to 1000000.");
  expect(text).toContain("Default: `30`. Allowed: a number of seconds from 0.05 to 120.");
});

test("a default that is written out means the same as none", () => {
  const defaults = describeVariables().flatMap(({ name, fallback }) => (fallback ? [[name, fallback]] : []));
  expect(defaults.length).toBeGreaterThan(10);
  const format = { LOG_FORMAT: "json" }; // pretty on a terminal
  expect(readConfig({ ...Object.fromEntries(defaults), ...format })).toEqual(readConfig(format));
});

test("the file to start from sets nothing, and names every variable once", () => {
  const lines = environmentFile().split("\n");
  expect(lines.filter((line) => line !== "" && !line.startsWith("#"))).toEqual([]);
  const names = lines.flatMap((line) => /^#([A-Z_]+)=/.exec(line)?.[1] ?? []);
  expect(names.sort()).toEqual(
    describeVariables()
      .map(({ name }) => name)
      .sort(),
  );
  for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(102);
});
