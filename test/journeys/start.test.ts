/** The first minutes: an account in one step, a server that says where it is, and a text that waits for it. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { binary } from "../harness/binary.ts";
import { atTheEnd, emptyFolder } from "../harness/cleanup.ts";
import { bareEnv, inlet, inletJson } from "../harness/cli.ts";
import { freePort } from "../harness/ports.ts";
import { testWith } from "../harness/programs.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(60_000);

const withScript = testWith("script", "bsdutils");
const NUMBER = "+14155559999";

test("init makes account, number and key, and says what to type next", async () => {
  const folder = emptyFolder();
  const made = await inlet(folder, ["init", "--name", "Support", "--number", NUMBER], { PORT: "3456" });
  expect(made.code).toBe(0);
  expect(made.stdout).toMatch(/^inlet_[0-9A-Za-z]{38}\n$/);
  expect(made.stderr).toContain("created team 1 (Support) with +14155559999, and key 1.");
  expect(made.stderr).toContain(
    "\n  inlet serve --development\n  inlet tail --url http://127.0.0.1:3456 --since 1h\n",
  );
  expect(made.stderr).not.toContain(made.stdout.trim());
  expect(await inletJson<object[]>(folder, ["keys", "list"])).toMatchObject([
    { account_id: 1, scopes: ["sms:read", "phone_numbers:read"], revoked_at: null },
  ]);
});

test("init refuses a number that is somebody's, and creates nothing", async () => {
  const folder = emptyFolder();
  const args = ["init", "--name", "Ann", "--kind", "user", "--number", NUMBER];
  expect(await inletJson<object>(folder, args)).toMatchObject({
    account_id: 1,
    kind: "user",
    number: NUMBER,
    key: expect.stringMatching(/^inlet_/),
  });
  const again = await inlet(folder, args);
  expect(again).toMatchObject({ code: 1, stdout: "" });
  expect(again.stderr).toBe(
    "error: +14155559999 already belongs to user 1 (Ann), and nothing was created; another key for it: inlet keys create --account 1 --scope sms:read\n",
  );
  expect(await inletJson<object[]>(folder, ["accounts", "list"])).toHaveLength(1);
});

/** What `inlet serve` shows at a terminal until it is ready. */
async function serveAtTerminal(folder: string, args: string, env: Record<string, string> = {}) {
  const child = Bun.spawn(["script", "-qefc", `exec "$INLET" serve ${args}`, "/dev/null"], {
    cwd: folder,
    env: bareEnv({ INLET: await binary(), TERM: "xterm", SHELL: "/bin/sh", PORT: "0", ...env }),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "ignore",
  });
  atTheEnd(() => child.kill("SIGKILL"));
  let shown = "";
  const gather = async () => {
    for await (const chunk of child.stdout) shown += new TextDecoder().decode(chunk);
  };
  void gather();
  await until("the greeting", () => /Database {7}file:/.test(shown) && shown.endsWith("\n"));
  return () => shown.replaceAll("\r", "");
}

withScript("serve says at a terminal where everything is, and what is missing", async () => {
  const folder = emptyFolder();
  const empty = await serveAtTerminal(folder, "");
  await until("the last lack", () => empty().includes("inlet serve --development"));
  expect(empty()).toMatch(/\n {2}Console {8}http:\/\/127\.0\.0\.1:\d+\/\n/);
  expect(empty()).toMatch(/\n {2}Manual {9}http:\/\/127\.0\.0\.1:\d+\/docs\/manual\n/);
  expect(empty()).toContain("There is no number yet:\n    inlet init --name Support --number +1…\n");
  await inlet(folder, ["init", "--name", "Support", "--number", NUMBER]);
  const known = await serveAtTerminal(folder, "--development", { PUBLIC_URL: "https://sms.example.com" });
  await until("the last line", () => known().includes(`inlet simulate --to ${NUMBER}`));
  expect(known()).toContain("  Webhook        https://sms.example.com/webhooks/telnyx\n");
  expect(known()).not.toContain("There is no");
  await inlet(folder, ["keys", "revoke", "1"]);
  const keyless = await serveAtTerminal(folder, "--development");
  await until("the lack", () => keyless().includes("There is no key that works:\n    inlet keys create"));
  const several = await serveAtTerminal(folder, "--development --workers 2");
  await until("the same lack", () =>
    several().includes("There is no key that works:\n    inlet keys create"),
  );
});

test("simulate waits for a server that is only starting", async () => {
  const folder = emptyFolder();
  const port = String(await freePort());
  await inlet(folder, ["init", "--name", "Support", "--number", NUMBER]);
  const sending = inlet(folder, ["simulate", "--to", NUMBER], { PORT: port });
  const server = Bun.spawn([await binary(), "serve", "--development"], {
    cwd: folder,
    env: bareEnv({ PORT: port }),
    stdout: "ignore",
    stderr: "ignore",
  });
  atTheEnd(() => server.kill("SIGKILL"));
  expect(await sending).toMatchObject({ code: 0, stdout: "stored\n" });
});
