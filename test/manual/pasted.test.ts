/** Every block of README and manual does what it says when it is pasted whole: the port alone is another. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { snippet } from "../../src/console/page/snippets.ts";
import { ROOT } from "../harness/binary.ts";
import { freePort } from "../harness/ports.ts";
import { until } from "../harness/until.ts";
import { allBlocks, blockWith } from "./blocks.ts";
import { folderWithInlet, PORT, shell } from "./pasting.ts";

setDefaultTimeout(90_000);

/** The first lines of blocks that show something, and are not for pasting. */
const SHOWN = [
  "POST /webhooks/telnyx",
  "{",
  "scrape_configs:",
  "systemctl start inlet@b && systemctl stop inlet@a",
  "              Telnyx                    clients",
  "retry: 2000",
];
/** Those of blocks that are run by a test in this folder or, where they need a clean machine, by .ci/run. */
const PASTED = new Set([
  "sms.example.com {",
  "log_format without_query '$remote_addr [$time_iso8601] \"$request_method $uri\" $status $body_bytes_sent';",
  "npx -y bun@1.4.5 run demo",
  "sha256sum --check --ignore-missing SHA256SUMS", // by test/release.test.ts
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
  "inlet database backup /backups/inlet-$(date +%F).db",
  "systemctl stop inlet",
  'inlet accounts create --kind team --name "Support"',
  // By test/cluster/machines.test.ts.
  "sqld --http-listen-addr 10.0.0.5:8080 --admin-listen-addr 127.0.0.1:9090 --enable-namespaces -d /var/lib/sqld",
  "curl -X POST http://127.0.0.1:9090/v1/namespaces/default/config -H 'content-type: application/json' \\",
  "DATABASE_URL=http://database:8080",
]);

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

test("account, member, number and key, one by one", async () => {
  const { folder, env } = await folderWithInlet();
  const lines = await blockWith("src/manual/commands.md", "inlet members add");
  const { printed, ended } = shell(`set -e\n${lines}`, folder, env);
  expect(await ended, printed()).toBe(0);
  await until("the key", () => /^inlet_\w{38}$/m.test(printed()));
});

test("what was backed up is restored, beside what was there", async () => {
  const { folder, env } = await folderWithInlet();
  const inPlace = (text: string) => text.replaceAll("/backups/", `${folder}/`);
  const backup = inPlace(await blockWith("src/manual/backup.md", "inlet database backup"));
  const restore = inPlace(await blockWith("src/manual/backup.md", "inlet database restore")).replace(
    /inlet-\d{4}-\d\d-\d\d/,
    "inlet-$(date +%F)",
  );
  // There is no systemd here, and no service that runs.
  const lines = `systemctl() { echo "systemctl $1"; }\nset -e\ninlet accounts create --kind user --name Ann\n${backup}\n${restore}`;
  const { printed, ended } = shell(lines, folder, env);
  expect(await ended, printed()).toBe(0);
  await until("both calls", () => /systemctl stop.*systemctl start/s.test(printed()));
  expect(readdirSync(folder).filter((name) => name.startsWith("inlet.db.replaced-"))).toHaveLength(1);
});
