/** The page of the compiled executable: in a demo, and over a server that is killed and comes back. */
import { afterEach, expect, setDefaultTimeout } from "bun:test";
import { binary } from "../../harness/binary.ts";
import { browserTest } from "../../harness/browser.ts";
import { atTheEnd, emptyFolder } from "../../harness/cleanup.ts";
import { bareEnv } from "../../harness/cli.ts";
import { addTenant, startServer } from "../../harness/server.ts";
import { deliver, smsEvent } from "../../harness/telnyx.ts";
import { until } from "../../harness/until.ts";
import { BROWSER_MS, bodies, expectNoFaults, isLive, openConsole, visit } from "../browsing.ts";

setDefaultTimeout(BROWSER_MS);
afterEach(expectNoFaults);

browserTest("the demo's address opens the page with its key, which leaves the address at once", async () => {
  const folder = emptyFolder();
  const env = bareEnv({ PORT: "0", TMPDIR: folder });
  const demo = Bun.spawn([await binary(), "demo"], { cwd: folder, env, stdout: "pipe", stderr: "inherit" });
  atTheEnd(() => demo.kill("SIGKILL"));
  let printed = "";
  void (async () => {
    for await (const chunk of demo.stdout) printed += new TextDecoder().decode(chunk);
  })();
  const address = await until("the address", () => /^ {2}Console +(http:\S+#key=\S+)$/m.exec(printed)?.[1]);
  const page = await visit();
  await page.goto(address);
  await isLive(page);
  expect(page.url()).toBe(address.replace(/#.*/, ""));
  await page.getByRole("heading", { name: "Demo" }).waitFor();
  await page.getByRole("radio", { name: "Demo +1 415 555 9999" }).waitFor();
  await page.getByLabel("Send a test message").fill("To myself <b>&amp;");
  await page.keyboard.press("Enter");
  await page.getByText("Sent.").waitFor();
  await page.locator("#list").getByText("To myself <b>&amp;", { exact: true }).waitFor();
  demo.kill("SIGINT");
  await page.locator("#connection[data-state=reconnecting]").waitFor();
  expect(await demo.exited).toBe(0);
});

browserTest(
  "a server that is killed and comes back is found again, and what came between is there",
  async () => {
    const server = await startServer();
    const { key, number } = await addTenant(server.folder, "+14155559999");
    const say = (text: string) => deliver(server.url, server.telnyx, smsEvent(number, text));
    await say("before");
    const page = await openConsole(server.url, key);
    await server.kill();
    await page.locator("#connection[data-state=reconnecting]").waitFor();
    await page.locator("#connection-detail", { hasText: "The connection was lost. Trying again" }).waitFor();
    const { folder, telnyx, url } = server;
    await startServer({ folder, telnyx, env: { PORT: new URL(url).port } });
    await say("between");
    await isLive(page);
    await say("after");
    await page.getByText("after", { exact: true }).waitFor();
    expect(await bodies(page)).toEqual(["after", "between", "before"]);
  },
);
