/** Every block of README and manual does what it says when it is pasted whole: the port alone is another. */
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { snippet } from "../../src/console/page/snippets.ts";
import { binary, ROOT } from "../harness/binary.ts";
import { browserTest, launchBrowser } from "../harness/browser.ts";
import { atTheEnd, emptyFolder } from "../harness/cleanup.ts";
import { bareEnv } from "../harness/cli.ts";
import { freePort } from "../harness/ports.ts";
import { testWith } from "../harness/programs.ts";
import { addTenant, type Server, startServer, type Tenant } from "../harness/server.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";
import { allBlocks, blockWith } from "./blocks.ts";

setDefaultTimeout(90_000);

const PORT = "127.0.0.1:3000";
/** The first lines of blocks that show something, and are not for pasting. */
const SHOWN = ["POST /webhooks/telnyx", "{", "scrape_configs:"];
/** Those of blocks that are run by a test in this folder or, where they need a clean machine, by .ci/run. */
const PASTED = new Set([
  "sms.example.com {",
  "log_format without_query '$remote_addr [$time_iso8601] \"$request_method $uri\" $status $body_bytes_sent';",
  "npx -y bun@1.4.5 run demo",
  "npx -y bun@1.4.5 run build",
  "bun run setup     # the dependencies, exactly as in bun.lock",
  "export INLET_KEY=$(inlet init --name Support --number +14155559999)",
  `curl -N --retry 5 --retry-connrefused http://${PORT}/api/v1/sms/stream -H "Authorization: Bearer $INLET_KEY"`,
  `inlet tail --url http://${PORT} --since 1h --state tail.json --exec 'cat >>messages.jsonl'`,
  'import { EventSource } from "eventsource";',
  "// the back end",
  "// follow.mjs, for Node.js 18 or newer, Bun or Deno; nothing to install",
  "# Python 3.9 or newer, nothing to install",
  "// go run main.go",
  "inlet help environment --env-file >inlet.env",
]);

/** A folder with `inlet` in it, which is first on the PATH. */
async function folderWithInlet(): Promise<{ readonly folder: string; readonly env: Record<string, string> }> {
  const folder = emptyFolder();
  const bin = emptyFolder();
  symlinkSync(await binary(), join(bin, "inlet"));
  return { folder, env: bareEnv({ PATH: `${bin}:${process.env.PATH ?? ""}` }) };
}

interface Running {
  readonly printed: () => string;
  readonly ended: Promise<number>;
}

function run(command: readonly string[], folder: string, env: Record<string, string>): Running {
  const child = Bun.spawn([...command], {
    cwd: folder,
    env,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  let printed = "";
  const gather = async (output: ReadableStream<Uint8Array>) => {
    for await (const chunk of output) printed += new TextDecoder().decode(chunk);
  };
  void gather(child.stdout);
  void gather(child.stderr);
  atTheEnd(() => child.kill("SIGTERM"));
  return { printed: () => printed, ended: child.exited };
}

/** The lines in a shell, which ends what they have started in the background when it is ended itself. */
function shell(lines: string, folder: string, env: Record<string, string>): Running {
  return run(["bash", "-c", `trap 'kill $(jobs -p)' TERM\n${lines}\nwait\n`], folder, env);
}

test("the README is for five minutes", async () => {
  const text = await Bun.file(join(ROOT, "README.md")).text();
  expect(text.split("\n").length).toBeLessThanOrEqual(131);
  expect(text.split(/\s+/).length).toBeLessThanOrEqual(1_200);
  const pictures = [...text.matchAll(/(?:src|srcset)="([^"]+)"/g)].map((match) => match[1] ?? "");
  expect(pictures).toHaveLength(2);
  for (const picture of pictures) expect(existsSync(join(ROOT, picture)), picture).toBe(true);
});

test("every block is known to the tests", async () => {
  for (const { file, text } of await allBlocks()) {
    const first = text.split("\n")[0] ?? "";
    expect(SHOWN.includes(first) || PASTED.has(first), `${file}: ${first}`).toBe(true);
  }
});

test("README and clients have the same programs, and the console's", async () => {
  const same = ["retry-connrefused", "messages.jsonl", 'from "eventsource"', "// the back end"];
  for (const words of same)
    expect(await blockWith("src/manual/clients.md", words)).toBe(await blockWith("README.md", words));
  for (const [language, words] of [
    ["JavaScript", "follow.mjs"],
    ["Python", "Python 3.9"],
    ["Go", "go run"],
  ] as const) {
    const followed = { base: `http://${PORT}`, to: null, cursor: null, heartbeatMs: 30_000 };
    expect(await blockWith("src/manual/clients.md", words)).toBe(snippet(language, followed));
  }
});

test("the scripts that are named are there", async () => {
  for (const { text } of await allBlocks())
    for (const [, name = ""] of text.matchAll(/bun(?:@1\.4\.5)? run (\w+)/g))
      expect(Object.keys(manifest.scripts)).toContain(name);
});

test("the first message comes, whatever the machine is busy with", async () => {
  const { folder, env } = await folderWithInlet();
  const port = String(await freePort());
  const lines = (await blockWith("README.md", "inlet init")).replaceAll("3000", port);
  const { printed } = shell(lines, folder, { ...env, PORT: port });
  await until(
    "simulate and tail",
    () => /^stored$/m.test(printed()) && printed().includes('"body":"Hello!"'),
  );
});

test("the file of settings is one that a service starts with", async () => {
  const { folder, env } = await folderWithInlet();
  const lines = await blockWith("src/manual/environment.md", "inlet.env");
  expect(await shell(`${lines}\ninlet --env-file inlet.env version`, folder, env).ended).toBe(0);
  expect(readFileSync(join(folder, "inlet.env"), "utf8")).toContain("#TELNYX_PUBLIC_KEY=\n");
});

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
  const tab = await (await launchBrowser()).newPage();
  const logged: string[] = [];
  tab.on("console", (message) => logged.push(message.text()));
  await tab.goto(origin);
  const names = `const INLET = ${JSON.stringify(server.url)}, data = ${JSON.stringify(data)};`;
  await tab.evaluate(`(() => {${names}\n//${page}\n})()`);
  await textsUntil(() => logged.includes("Hello from the test"));
});
