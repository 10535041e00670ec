/** What a person sees live, in a real browser: a message at once, a cut without a flicker, an end that is said. */
import { afterEach, expect, setDefaultTimeout } from "bun:test";
import { revokeKey } from "../../../src/keys/store.ts";
import { browserTest } from "../../harness/browser.ts";
import { type TestService, tenant, testService } from "../../harness/service.ts";
import { deliver, smsEvent } from "../../harness/telnyx.ts";
import { until } from "../../harness/until.ts";
import { BROWSER_MS, bodies, expectNoFaults, openConsole, visit } from "../browsing.ts";

setDefaultTimeout(BROWSER_MS);
afterEach(expectNoFaults);

function say(service: TestService, to: string, text: string, payload = {}): Promise<string> {
  return deliver(service.url, service.telnyx, smsEvent(to, text, payload));
}

browserTest("a message stands on the page within a second of its webhook, and is announced", async () => {
  const service = await testService();
  const { key, number } = await tenant(service, "+14155559999");
  const page = await openConsole(service.url, key);
  expect(page.url()).toBe(`${service.url}/`);
  await page.getByText("Nothing here yet").waitFor();
  await say(service, number, "Hello, browser!", { from: { phone_number: "+442071838750" } });
  await page.getByText("Hello, browser!", { exact: true }).waitFor();
  await page.getByText("Nothing here yet").waitFor({ state: "hidden" });
  const row = page.locator(".message");
  expect(await row.locator(".from").textContent()).toBe("+44 20 7183 8750");
  expect(await row.locator(".from").getAttribute("title")).toBe("+442071838750");
  expect(await row.locator(".day").textContent()).toBe("Today");
  expect(await row.locator("time").textContent()).toMatch(/^\d\d:\d\d:\d\d$/);
  await row.locator("time").click();
  expect(await row.locator("time").textContent()).toBe("just now");
  await until("the announcement", async () =>
    (await page.locator("#announcer").textContent())?.includes("+44 20 7183 8750: Hello, browser!"),
  );
  // The quickest of a few: other tests share the machine.
  const took: number[] = [];
  for (let i = 0; i < 5; i++) {
    const started = performance.now();
    await say(service, number, `message ${i}`);
    await page.getByText(`message ${i}`, { exact: true }).waitFor();
    took.push(performance.now() - started);
  }
  // What came together names its day and its sender once.
  expect(await page.locator("#list .day").count()).toBe(1);
  expect(await page.locator("#list .follows").count()).toBe(4);
  expect(Math.min(...took)).toBeLessThan(1_000);
});

browserTest(
  "an empty list names the number, what sends a text to it, and what looks for faults",
  async () => {
    const service = await testService();
    const { key } = await tenant(service, "+14155559999", "team", ["sms:read", "phone_numbers:read"]);
    const page = await openConsole(service.url, key);
    const empty = page.locator("#empty");
    await empty.getByText("A text to +1 415 555 9999 appears the moment it arrives.").waitFor();
    expect(await empty.locator("code").allTextContents()).toEqual([
      "inlet simulate --to +14155559999",
      "inlet doctor",
    ]);
    await page.getByLabel("Search all messages").fill("nothing");
    await page.getByLabel("Search all messages").press("Enter");
    await page.getByText("Nothing was found").waitFor();
    expect(await empty.locator("#empty-hint").isVisible()).toBe(false);
  },
);

browserTest("over the cut nothing flickers, is doubled or is missed", async () => {
  const service = await testService({ config: { maxStreamMs: 400 }, random: () => 0 });
  const { key, number } = await tenant(service, "+14155559999");
  const page = await openConsole(service.url, key);
  const cursor = () => page.locator("#cursor").textContent();
  await page.evaluate(`
    window.states = [];
    const badge = document.querySelector("#connection");
    new MutationObserver(() => window.states.push(badge.dataset.state + " " + badge.textContent.trim()))
      .observe(badge, { attributes: true, childList: true, subtree: true, characterData: true });
  `);
  const streams: string[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/sms/stream")) streams.push(request.headers()["last-event-id"] ?? "none");
  });
  const said: string[] = [];
  await until("three cuts", async () => {
    said.unshift(`text ${said.length}`);
    await say(service, number, said[0] ?? "");
    return streams.length >= 3;
  });
  await page.getByText(said[0] ?? "", { exact: true }).waitFor();
  expect(await bodies(page)).toEqual(said);
  expect(streams).not.toContain("none");
  expect(await cursor()).toMatch(/^[a-z0-9]+-\d+$/);
  const states = (await page.evaluate("window.states")) as string[];
  expect(new Set(states)).toEqual(new Set(states.length > 0 ? ["live Live"] : []));
});

browserTest("a revoked key ends the stream, is forgotten, and what was shown stays", async () => {
  const service = await testService();
  const { key, keyId, number } = await tenant(service, "+14155559999");
  await say(service, number, "Read me later");
  const page = await openConsole(service.url, key);
  await revokeKey(service.database, keyId, Date.now());
  await page.getByText("This key was revoked, and the stream has ended.").first().waitFor();
  expect(await page.locator("#connection").textContent()).toContain("Ended");
  expect(await bodies(page)).toEqual(["Read me later"]);
  expect(await page.evaluate("sessionStorage.length")).toBe(0);
  await page.getByRole("button", { name: "Use another key" }).click();
  await page.getByLabel("API key").waitFor();
  expect(await bodies(page)).toEqual([]);
});

browserTest("a key that is malformed or unknown is asked for again, with the reason", async () => {
  const service = await testService();
  const { key, keyId } = await tenant(service, "+14155559999");
  await revokeKey(service.database, keyId, Date.now());
  const page = await visit();
  await page.goto(service.url);
  await page.getByLabel("API key").fill("sesame");
  await page.keyboard.press("Enter");
  await page.getByText("That is not an API key.").waitFor();
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Open" }).click();
  await page.getByText("The server does not know this key").waitFor();
  expect(await page.evaluate("sessionStorage.length")).toBe(0);
  await page.goto(`${service.url}/#key=sesame`);
  await page.getByText("What stood in the address is not an API key.").waitFor();
  expect(page.url()).toBe(`${service.url}/`);
});

browserTest("the key stays in the tab over a reload, and is gone when it is forgotten", async () => {
  const service = await testService();
  const { key, number } = await tenant(service, "+14155559999");
  await say(service, number, "Still here");
  const page = await openConsole(service.url, key);
  await page.reload();
  await page.getByText("Still here").waitFor();
  const everywhere = await page.evaluate("document.cookie + JSON.stringify(localStorage) + location.href");
  expect(everywhere).not.toContain(key);
  await page.getByRole("button", { name: "Forget this key" }).click();
  await page.getByLabel("API key").waitFor();
  expect(await page.evaluate("sessionStorage.length + document.documentElement.outerHTML")).not.toContain(
    key,
  );
  await page.reload();
  await page.getByLabel("API key").waitFor();
});

browserTest(
  "a position that the server cannot continue from is a gap: said, and the list loaded again",
  async () => {
    const service = await testService({ config: { maxStreamMs: 400 }, random: () => 0 });
    const { key, number } = await tenant(service, "+14155559999");
    await say(service, number, "one");
    const page = await openConsole(service.url, key);
    await page.route("**/sms/stream", async (route) => {
      const headers = { ...route.request().headers(), "last-event-id": "another0-7" };
      await route.continue({ headers });
      await page.unroute("**/sms/stream");
    });
    await page.getByText("The server could not continue where this page was").waitFor();
    await page.getByRole("button", { name: "Dismiss" }).click();
    await say(service, number, "two");
    await page.getByText("two", { exact: true }).waitFor();
    expect(await bodies(page)).toEqual(["two", "one"]);
  },
);

browserTest("a key that may not read messages is told which scope it lacks", async () => {
  const service = await testService();
  const { key } = await tenant(service, "+14155559999", "user", ["phone_numbers:read"]);
  const page = await visit();
  await page.goto(`${service.url}/#key=${key}`);
  await page.getByText("This API key lacks the scope sms:read.").first().waitFor();
  await page.getByRole("radio", { name: "+1 415 555 9999" }).waitFor();
});

browserTest("a flood is counted rather than read out, and moves nothing under a reader's eyes", async () => {
  const service = await testService();
  const { key, number } = await tenant(service, "+14155559999");
  for (let i = 0; i < 40; i++) await say(service, number, `stored ${i}`);
  const page = await openConsole(service.url, key);
  await page.evaluate(`
    window.announced = [];
    const region = document.querySelector("#announcer");
    new MutationObserver(() => window.announced.push(region.textContent)).observe(region, { childList: true });
  `);
  const read = page.getByText("stored 5", { exact: true });
  await read.scrollIntoViewIfNeeded();
  const before = await read.boundingBox();
  await Promise.all(Array.from({ length: 300 }, (_, i) => say(service, number, `flood ${i}`)));
  await page.getByRole("button", { name: "300 new messages" }).waitFor();
  expect(await read.boundingBox()).toEqual(before);
  expect(((await page.evaluate("window.announced")) as string[]).length).toBeLessThanOrEqual(3);
  await page.getByRole("button", { name: "300 new messages" }).click();
  await until("all of them", async () => (await bodies(page)).length === 340);
  expect(await page.evaluate("scrollY")).toBe(0);
});

browserTest("somebody who scrolls back to the top finds what was held back there, in its order", async () => {
  const service = await testService();
  const { key, number } = await tenant(service, "+14155559999");
  for (let i = 0; i < 30; i++) await say(service, number, `stored ${i}`);
  const page = await openConsole(service.url, key);
  await page.getByText("stored 3", { exact: true }).scrollIntoViewIfNeeded();
  await say(service, number, "held");
  await page.getByRole("button", { name: "1 new message" }).waitFor();
  await page.mouse.wheel(0, -9_000);
  await page.getByText("held", { exact: true }).waitFor();
  await page.getByRole("button", { name: "1 new message" }).waitFor({ state: "hidden" });
  await say(service, number, "after");
  await page.getByText("after", { exact: true }).waitFor();
  expect((await bodies(page)).slice(0, 3)).toEqual(["after", "held", "stored 29"]);
});
