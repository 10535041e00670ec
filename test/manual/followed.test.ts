/** The programs of README and manual that follow a stream: each prints a text that arrives. */
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "../harness/binary.ts";
import { browserTest, newPage } from "../harness/browser.ts";
import { atTheEnd, emptyFolder } from "../harness/cleanup.ts";
import { bareEnv } from "../harness/cli.ts";
import { testWith } from "../harness/programs.ts";
import { addTenant, type Server, startServer, type Tenant } from "../harness/server.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";
import { blockWith } from "./blocks.ts";
import { folderWithInlet, PORT, run, shell } from "./pasting.ts";

setDefaultTimeout(90_000);

let server: Server;
let tenant: Tenant;
let origin = "";

beforeAll(async () => {
  const site = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () =>
      new Response("<!doctype html><title>a page</title>", { headers: { "content-type": "text/html" } }),
  });
  atTheEnd(() => site.stop(true));
  origin = `http://localhost:${site.port}`;
  server = await startServer({ env: { CORS_ORIGINS: origin } });
  tenant = await addTenant(server.folder, "+14155559999");
});

/** Sends texts until one of them is there: a program may still be connecting. */
async function textsUntil(isThere: () => boolean | Promise<boolean>): Promise<void> {
  let sent = 0;
  await until("a text", async () => {
    if (sent++ % 20 === 0)
      await deliver(server.url, server.telnyx, smsEvent(tenant.number, "Hello from the test"));
    return isThere();
  });
}

const here = (text: string) => text.replaceAll(PORT, new URL(server.url).host);

const PROGRAMS = [
  { file: "README.md", words: "retry-connrefused", name: "follow.sh", command: ["bash"], debian: "curl" },
  { file: "README.md", words: 'from "eventsource"', name: "follow.mjs", command: ["node"], debian: "nodejs" },
  {
    file: "src/manual/clients.md",
    words: "follow.mjs",
    name: "follow.mjs",
    command: ["node"],
    debian: "nodejs",
  },
  {
    file: "src/manual/clients.md",
    words: "Python 3.9",
    name: "follow.py",
    command: ["python3"],
    debian: "python3",
  },
  {
    file: "src/manual/clients.md",
    words: "go run",
    name: "main.go",
    command: ["go", "run"],
    debian: "golang-go",
  },
] as const;

/** A folder in which programs find the package `eventsource`. */
function folderWithPackage(): string {
  const folder = emptyFolder();
  mkdirSync(join(folder, "node_modules"));
  for (const name of ["eventsource", "eventsource-parser"])
    symlinkSync(dirname(Bun.resolveSync(`${name}/package.json`, ROOT)), join(folder, "node_modules", name));
  return folder;
}

for (const { file, words, name, command, debian } of PROGRAMS)
  testWith(command[0], debian)(`${file}, ${words}: the program prints a text that arrives`, async () => {
    const folder = folderWithPackage();
    writeFileSync(join(folder, name), here(await blockWith(file, words)));
    const env = bareEnv({ INLET_KEY: tenant.key, INLET: server.url, GOCACHE: join(folder, "cache") });
    const { printed } = run([...command, name], folder, env);
    await textsUntil(() => printed().includes("Hello from the test"));
  });

testWith("node", "nodejs")("with no key, or a wrong one, the program with the package says so", async () => {
  const folder = folderWithPackage();
  writeFileSync(join(folder, "follow.mjs"), await blockWith("README.md", 'from "eventsource"'));
  for (const [key, said] of [
    ["", "INLET_KEY is not set; inlet keys create makes a key"],
    ["inlet_wrong", "refused: 401"],
  ] as const) {
    const env = bareEnv({ INLET_KEY: key, INLET: server.url });
    const { printed, ended } = run(["node", "follow.mjs"], folder, env);
    expect(await ended).toBe(1);
    await until("what it said", () => printed().includes(said));
  }
});

test("tail gives each message to a command", async () => {
  const { folder, env } = await folderWithInlet();
  const lines = here(await blockWith("README.md", "messages.jsonl"));
  shell(`exec ${lines}`, folder, { ...env, INLET_KEY: tenant.key });
  await textsUntil(
    () =>
      existsSync(join(folder, "messages.jsonl")) &&
      readFileSync(join(folder, "messages.jsonl"), "utf8").includes("Hello from the test"),
  );
});

browserTest("a page of another origin follows by a ticket, though no variable says our address", async () => {
  const [backEnd = "", page = ""] = (await blockWith("README.md", "// the back end")).split("// the page");
  const issue = new Function("INLET", "INLET_KEY", `return (async () => {${backEnd}; return data; })()`);
  const data = await issue(server.url, tenant.key);
  const tab = await newPage();
  const logged: string[] = [];
  tab.on("console", (message) => logged.push(message.text()));
  await tab.goto(origin);
  const names = `const INLET = ${JSON.stringify(server.url)}, data = ${JSON.stringify(data)};`;
  await tab.evaluate(`(() => {${names}\n//${page}\n})()`);
  await textsUntil(() => logged.includes("Hello from the test"));
});
