/** `inlet telnyx setup` as an operator has it: the executable, a terminal, and a stand-in for Telnyx. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { binary } from "../harness/binary.ts";
import { atTheEnd, emptyFolder } from "../harness/cleanup.ts";
import { bareEnv, inlet, inletJson } from "../harness/cli.ts";
import { testWith } from "../harness/programs.ts";
import { addTenant, startServer } from "../harness/server.ts";
import { connect } from "../harness/stream.ts";
import { until } from "../harness/until.ts";
import { TelnyxStandin } from "../telnyx/standin/telnyx.ts";

setDefaultTimeout(60_000);

const withScript = testWith("script", "bsdutils");
const SETUP = ["telnyx", "setup", "--url", "https://sms.example.com"];
const ADDRESS = "https://sms.example.com/webhooks/telnyx";

const patches = (telnyx: TelnyxStandin) => telnyx.requests.filter(({ method }) => method === "PATCH");

test("texts reach a server whose address setup gave to the profile", async () => {
  const telnyx = new TelnyxStandin();
  const server = await startServer({ telnyx: telnyx.key });
  const { key, number } = await addTenant(server.folder, "+14155550181");
  const client = await connect(server.url, { key });
  const id = telnyx.inventory.addProfile("Inlet", { webhook_api_version: "1" });
  const set = await inletJson(server.folder, ["telnyx", "setup", "--url", server.url, "--yes"], telnyx.env);
  expect(set).toEqual({
    profile: { id, name: "Inlet" },
    applied: true,
    changes: [
      { field: "webhook_url", from: null, to: `${server.url}/webhooks/telnyx` },
      { field: "webhook_api_version", from: "1", to: "2" },
    ],
    warnings: [],
  });
  telnyx.webhookUrl = String(telnyx.inventory.profiles[0]?.webhook_url);
  await telnyx.send({ to: number, body: "Hello!" });
  await client.messageCount(1);
  client.close();
  expect(await server.stop()).toBe(0);
  expect(telnyx.problems).toEqual([]);
});

test("nothing is changed in a dry run, a second time, or without a word of agreement", async () => {
  const folder = emptyFolder();
  const telnyx = new TelnyxStandin();
  telnyx.inventory.addProfile("Inlet\u001B[2J", { webhook_failover_url: "https://other.example.com/" });
  const silent = await inlet(folder, SETUP, telnyx.env);
  expect(silent).toMatchObject({ code: 2, stdout: "" });
  expect(silent.stderr).toContain("--yes");
  expect(telnyx.requests).toEqual([]);

  const planned = await inlet(folder, [...SETUP, "--dry-run"], telnyx.env);
  expect(planned.code).toBe(0);
  expect(planned.stdout).toStartWith(
    `webhook_url: (none) → ${ADDRESS}\nwould change the messaging profile Inlet\\u001b`,
  );
  expect(planned.stderr).toContain("the fail-over URL stays https://other.example.com/");
  expect(patches(telnyx)).toEqual([]);

  expect((await inlet(folder, [...SETUP, "--yes"], telnyx.env)).stdout).toContain(
    "changed the messaging profile",
  );
  const again = await inlet(folder, [...SETUP, "--yes", "--json"], telnyx.env);
  expect(again.code).toBe(0);
  expect(JSON.parse(again.stdout)).toMatchObject({ applied: false, changes: [] });
  expect(patches(telnyx)).toHaveLength(1);

  telnyx.inventory.addProfile("Old", {}, true);
  const several = await inlet(folder, [...SETUP, "--yes"], telnyx.env);
  expect(several.code).toBe(2);
  expect(several.stderr).toContain("Old (");
  const old = await inlet(folder, [...SETUP, "--yes", "--json", "--profile", "Old"], telnyx.env);
  expect(old).toMatchObject({ code: 1, stdout: "" });
  expect(old.stderr).toContain("Missing whitelisted destinations");
  expect((await inlet(folder, [...SETUP, "--yes", "--profile", "New"], telnyx.env)).code).toBe(1);
});

test("an address that texts must not go to is wrong usage", async () => {
  const folder = emptyFolder();
  const telnyx = new TelnyxStandin();
  const urls = ["http://sms.example.com", "https://u:p@sms.example.com", "https://sms.example.com/?a=1",
    "https://sms.example.com/#a", "sms.example.com", "ftp://sms.example.com", ""]; // biome-ignore format: a list
  for (const url of urls) {
    const { code } = await inlet(folder, ["telnyx", "setup", "--url", url, "--yes"], telnyx.env);
    expect(code, url).toBe(2);
  }
  expect((await inlet(folder, ["telnyx", "setup", "--yes"], telnyx.env)).code).toBe(2);
  expect((await inlet(folder, [...SETUP, "--yes"])).stderr).toContain("TELNYX_API_KEY is not set");
  expect((await inlet(folder, ["telnyx", "setup", "--help"])).stdout).toContain("Examples:");
  expect(telnyx.requests).toEqual([]);
});

withScript("on a terminal the changes are shown, and only a yes changes anything", async () => {
  const telnyx = new TelnyxStandin();
  telnyx.inventory.addProfile("Inlet");
  const answered = async (answer: string) => {
    const line = `"$INLET" ${SETUP.join(" ")} --json >out.json; echo "ended with $?"; cat out.json`;
    const child = Bun.spawn(["script", "-qefc", line, "/dev/null"], {
      cwd: emptyFolder(),
      env: bareEnv({ ...telnyx.env, INLET: await binary(), TERM: "xterm", SHELL: "/bin/sh" }),
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    });
    atTheEnd(() => child.kill("SIGKILL"));
    let shown = "";
    const gather = async () => {
      for await (const chunk of child.stdout) shown += new TextDecoder().decode(chunk);
    };
    const gathered = gather();
    await until("it asks", () => shown.includes("[y/N]"), 30_000);
    expect(shown).toContain(`webhook_url: (none) → ${ADDRESS}`);
    await child.stdin.write(answer);
    await child.stdin.flush();
    await until("it ends", () => shown.includes("ended with"), 30_000);
    await child.stdin.end();
    await gathered;
    return shown;
  };
  for (const no of ["\n", "n\n", "yes, but later\n", "\u0004"])
    expect(await answered(no)).toMatch(/nothing was changed\r\nended with 1/);
  expect(patches(telnyx)).toEqual([]);
  expect(await answered("y\n")).toMatch(/ended with 0\r\n\{"profile":.*"applied":true/);
  expect(patches(telnyx)).toHaveLength(1);
});
