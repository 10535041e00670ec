/** Going back from the page: older messages, a search, a number; beside what arrives. */
import { afterEach, expect, setDefaultTimeout } from "bun:test";
import { addNumber } from "../../../src/directory/numbers.ts";
import { browserTest } from "../../harness/browser.ts";
import { type TestService, tenant, testService } from "../../harness/service.ts";
import { deliver, smsEvent } from "../../harness/telnyx.ts";
import { until } from "../../harness/until.ts";
import { BROWSER_MS, bodies, expectNoFaults, openConsole } from "../browsing.ts";

const NUMBER = "+14155559999";
const LONDON = "+442071838750";

setDefaultTimeout(BROWSER_MS);
afterEach(expectNoFaults);

function say(service: TestService, text: string, to = NUMBER): Promise<string> {
  return deliver(service.url, service.telnyx, smsEvent(to, text));
}

browserTest("older messages come when they are asked for, until there is nothing older", async () => {
  const service = await testService();
  const { key } = await tenant(service, NUMBER);
  for (let i = 1; i <= 230; i++) await say(service, `text ${i}`);
  const page = await openConsole(service.url, key);
  await page.getByText("text 230", { exact: true }).waitFor();
  expect((await bodies(page)).length).toBe(100);
  await say(service, "text 231");
  await page.getByText("text 231", { exact: true }).waitFor();
  const older = page.getByRole("button", { name: "Load older messages" });
  await older.click();
  await page.getByText("text 31", { exact: true }).waitFor({ state: "attached" });
  await older.click();
  await page.getByText("There is nothing older.").waitFor();
  expect(await bodies(page)).toEqual(Array.from({ length: 231 }, (_, i) => `text ${231 - i}`));
});

browserTest("a search goes back further than the list, and what arrives meanwhile is not lost", async () => {
  const service = await testService();
  const { key } = await tenant(service, NUMBER);
  await say(service, "The first order of all");
  for (let i = 1; i <= 120; i++) await say(service, `text ${i}`);
  const page = await openConsole(service.url, key);
  await page.getByText("text 120", { exact: true }).waitFor();
  const search = page.getByRole("searchbox", { name: "Search all messages" });
  await search.fill("order");
  await page.getByText("1 found for “order”").waitFor();
  expect(await bodies(page)).toEqual(["The first order of all"]);
  await say(service, "A second order");
  await page.getByText("1 found for “order” · 1 new since").waitFor();
  expect(await bodies(page)).toEqual(["The first order of all"]);
  await search.fill(`nothing like it "' * AND (`);
  await page.getByText("0 found for").waitFor();
  await page.getByText("Nothing was found").waitFor();
  await search.fill("***");
  await page.getByText("0 found for “***”").waitFor();
  await page.getByRole("button", { name: "Back to live" }).click();
  await page.getByText("A second order", { exact: true }).waitFor();
  expect((await bodies(page)).slice(0, 2)).toEqual(["A second order", "text 120"]);
});

browserTest(
  "a search finds while one types, by beginnings and by numbers, and marks what it found",
  async () => {
    const service = await testService();
    const { key } = await tenant(service, NUMBER);
    await say(service, "Your café order is ready, ordered <b>twice</b>");
    await say(service, "Something else");
    await deliver(
      service.url,
      service.telnyx,
      smsEvent(NUMBER, "From London", { from: { phone_number: LONDON } }),
    );
    await say(service, "Call 442071838750 back");
    const page = await openConsole(service.url, key);
    const search = page.getByRole("searchbox", { name: "Search all messages" });
    const marks = () => page.locator("#list mark").allTextContents();
    await search.pressSequentially("cafe ord");
    await page.getByText("1 found for “cafe ord”").waitFor();
    expect(await bodies(page)).toEqual(["Your café order is ready, ordered <b>twice</b>"]);
    expect(await marks()).toEqual(["café", "ord", "ord"]);
    await search.fill("+44 20 7183 8750");
    await page.getByText("1 found for “+44 20 7183 8750”").waitFor();
    expect(await bodies(page)).toEqual(["From London"]);
    await search.fill("442071838750");
    await page.getByText("2 found for “442071838750”").waitFor();
    expect(await bodies(page)).toEqual(["Call 442071838750 back", "From London"]);
    expect(await marks()).toEqual(["442071838750"]);
  },
);

browserTest(
  "a number is chosen: its messages alone, stored and live, and the snippet follows it",
  async () => {
    const service = await testService();
    const { key, accountId } = await tenant(service, NUMBER);
    await addNumber(service.database, LONDON, accountId, "London", Date.now());
    await say(service, "to London, stored", LONDON);
    await say(service, "to the other, stored");
    const page = await openConsole(service.url, key);
    await page.getByRole("radio", { name: "+44 20 7183 8750" }).check();
    await until("London's alone", async () => (await bodies(page)).join() === "to London, stored");
    await say(service, "to the other, live");
    await say(service, "to London, live", LONDON);
    await page.getByText("to London, live", { exact: true }).waitFor();
    expect(await bodies(page)).toEqual(["to London, live", "to London, stored"]);
    await page.getByRole("button", { name: "Use this stream" }).click();
    await page.locator("#snippet", { hasText: "--to +442071838750" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("radio", { name: "All numbers" }).check();
    await until("all of them", async () => (await bodies(page)).length === 4);
    expect((await bodies(page)).slice(0, 2)).toEqual(["to London, live", "to the other, live"]);
  },
);

browserTest("a snippet is copied, without the key", async () => {
  const service = await testService();
  const { key } = await tenant(service, NUMBER);
  const permissions = ["clipboard-read", "clipboard-write"];
  const page = await openConsole(service.url, key, { permissions });
  await page.getByRole("button", { name: "Use this stream" }).click();
  await page.getByRole("radio", { name: "curl" }).check();
  await page.getByRole("button", { name: "Copy" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  const copied = String(await page.evaluate("navigator.clipboard.readText()"));
  expect(copied).toContain(`curl -N "${service.url}/api/v1/sms/stream"`);
  expect(copied).not.toContain(key);
});

browserTest("a history that fails is said, and tried again when asked", async () => {
  const service = await testService();
  const { key } = await tenant(service, NUMBER);
  await say(service, "An order");
  const page = await openConsole(service.url, key);
  let isDown = true;
  await page.route("**/sms/messages?*q=*", async (route) => {
    if (isDown) await route.abort();
    else await route.fallback();
  });
  await page.getByRole("searchbox").fill("order");
  await page.locator("#foot").getByText("The server cannot be reached.").waitFor();
  isDown = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("1 found for “order”").waitFor();
});
