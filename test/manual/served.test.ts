/** The manual as the executable prints it and serves it. */
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import axe from "axe-core";
import { CONTENTS } from "../../src/manual/contents.ts";
import { browserTest, newPage } from "../harness/browser.ts";
import { emptyFolder } from "../harness/cleanup.ts";
import { inlet } from "../harness/cli.ts";
import { type Server, startServer } from "../harness/server.ts";

setDefaultTimeout(60_000);

let server: Server;

beforeAll(async () => {
  server = await startServer();
});

test("every chapter is a page without a script, and everything that it asks for is there", async () => {
  for (const name of ["manual", ...CONTENTS.map((entry) => entry.name)]) {
    const response = await fetch(`${server.url}/docs/${name}`);
    expect([response.status, name]).toEqual([200, name]);
    expect(response.headers.get("content-security-policy")).toStartWith(
      "default-src 'none'; style-src 'self';",
    );
    const html = await response.text();
    expect(html, name).not.toMatch(/<script|<style| style=| on[a-z]+=/i);
    const addresses = [...html.matchAll(/ (?:href|src)="([^"]+)"/g)].map((match) => match[1] ?? "");
    const own = addresses.filter((address) => !/^(https?:|data:|#)/.test(address));
    for (const address of new Set(own)) {
      const { status } = await fetch(new URL(address, `${server.url}/docs/${name}`));
      expect([status, `${address} on ${name}`]).toEqual([200, `${address} on ${name}`]);
    }
  }
});

test("a page with a slash at its end leads to the one without, and others are not found", async () => {
  const slashed = await fetch(`${server.url}/docs/stream/`, { redirect: "manual" });
  expect([slashed.status, slashed.headers.get("location")]).toEqual([308, "../stream"]);
  expect((await fetch(`${server.url}/docs/stream/`)).url).toBe(`${server.url}/docs/stream`);
  for (const name of ["nothing", "manual.css", "Stream", "%ff"])
    expect((await fetch(`${server.url}/docs/${name}`)).status, name).toBe(404);
});

test("the served chapter on commands is the printed one", async () => {
  const html = await (await fetch(`${server.url}/docs/commands`)).text();
  expect(html).toContain("Usage: inlet keys create --account &lt;id&gt; --scope &lt;scope&gt; [options]");
  const { stdout } = await inlet(server.folder, ["help", "commands"]);
  expect(stdout).toContain("Usage: inlet keys create --account <id> --scope <scope> [options]");
});

test("help prints chapters, commands, what there is, and a file that can be read", async () => {
  const folder = emptyFolder();
  const run = (...args: string[]) => inlet(folder, args);
  const all = await run("help");
  for (const { name } of CONTENTS) expect(all.stdout).toContain(`\n  ${name} `);
  expect(await run("help", "deploy")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^# Deploy\n/),
  });
  expect((await run("help", "keys", "create")).stdout).toStartWith("Usage: inlet keys create ");
  const wrong = await run("help", "deplyo");
  expect(wrong).toMatchObject({ code: 2, stdout: "" });
  expect(wrong.stderr).toContain('"deplyo" is neither a command nor a chapter; chapters are stream, ');
  const { stdout } = await run("help", "environment", "--env-file");
  writeFileSync(join(folder, "inlet.env"), stdout);
  expect(await run("--env-file", "inlet.env", "version")).toMatchObject({ code: 0, stderr: "" });
  expect((await run("help", "deploy", "--env-file")).code).toBe(2);
});

browserTest("axe finds nothing to object to, and no page is wider than a phone", async () => {
  const wide = { colorScheme: "light", viewport: { width: 1280, height: 800 } } as const;
  const narrow = { colorScheme: "dark", viewport: { width: 360, height: 780 } } as const;
  for (const options of [wide, narrow]) {
    // axe is a script of its own, which the page's policy would not let in.
    const page = await newPage({ bypassCSP: true, ...options });
    for (const name of ["manual", "clients", "figures"]) {
      await page.goto(`${server.url}/docs/${name}`);
      await page.evaluate(axe.source);
      const found = (await page.evaluate("axe.run()")) as { violations: { id: string; nodes: object[] }[] };
      expect(found.violations.map(({ id }) => `${name}: ${id}`)).toEqual([]);
      const width = await page.evaluate("document.documentElement.scrollWidth");
      expect(width, name).toBeLessThanOrEqual(options.viewport.width);
    }
  }
});
