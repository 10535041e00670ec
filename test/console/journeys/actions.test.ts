/** What people do with a message and with the list: copy, choose a sender, hand on a link, go back. */
import { afterEach, expect, setDefaultTimeout } from "bun:test";
import { addNumber } from "../../../src/directory/numbers.ts";
import { browserTest } from "../../harness/browser.ts";
import { tenant, testService } from "../../harness/service.ts";
import { deliver, smsEvent } from "../../harness/telnyx.ts";
import { until } from "../../harness/until.ts";
import { BROWSER_MS, bodies, expectNoFaults, isLive, openConsole } from "../browsing.ts";

const NUMBER = "+14155559999";
const LONDON = { from: { phone_number: "+442071838750" } };

setDefaultTimeout(BROWSER_MS);
afterEach(expectNoFaults);

browserTest("a message is copied from, its sender chosen, and a link to it opens it alone", async () => {
  const service = await testService();
  const { key } = await tenant(service, NUMBER, "user", ["sms:read", "phone_numbers:read"]);
  const say = (text: string, payload = {}) =>
    deliver(service.url, service.telnyx, smsEvent(NUMBER, text, payload));
  await say("Your code is 481 920.", LONDON);
  await say("Another");
  await say("From London", LONDON);
  const permissions = ["clipboard-read", "clipboard-write"];
  const page = await openConsole(service.url, key, { permissions });
  const copied = () => page.evaluate("navigator.clipboard.readText()");
  const act = async (text: string, item: string) => {
    const row = page.locator(".message", { hasText: text });
    await row.hover();
    await row.getByRole("button", { name: "Actions" }).click();
    await page.getByRole("menuitem", { name: item }).click();
  };
  await act("Your code", "Copy code 481920");
  await until("the code", async () => (await copied()) === "481920");
  await act("Another", "Copy text");
  await until("the text", async () => (await copied()) === "Another");
  await act("Another", "Copy link");
  await until("the link", async () => String(await copied()).includes("#message="));
  const link = String(await copied());
  await act("From London", "All from this sender");
  await until("London's alone", async () => (await bodies(page)).length === 2);
  expect(await bodies(page)).toEqual(["From London", "Your code is 481 920."]);
  expect(page.url()).toBe(`${service.url}/#from=%2B442071838750`);
  await say("Not from London");
  await say("London again", LONDON);
  await page.getByText("London again", { exact: true }).waitFor();
  expect((await bodies(page)).length).toBe(3);
  await page.getByRole("searchbox", { name: "Search all messages" }).fill("code");
  await page.getByText("1 found for “code”").waitFor();
  expect(page.url()).toContain("&q=code");
  await page.reload();
  await isLive(page);
  await page.getByText("1 found for “code”").waitFor();
  expect(await bodies(page)).toEqual(["Your code is 481 920."]);
  await page.getByRole("button", { name: "Back to live" }).click();
  await page.getByRole("button", { name: "Show all senders" }).click();
  await until("all of them", async () => (await bodies(page)).length === 5);
  expect(page.url()).toBe(`${service.url}/`);
  await page.goBack();
  await until("London's again", async () => (await bodies(page)).length === 3);
  await page.goto(link);
  await page.getByText("One message").waitFor();
  expect(await bodies(page)).toEqual(["Another"]);
  expect(link).not.toContain(key);
});

browserTest("what nobody has seen is counted for each number, and noticed without its text", async () => {
  const service = await testService();
  const { key, accountId } = await tenant(service, NUMBER, "user", ["sms:read", "phone_numbers:read"]);
  await addNumber(service.database, "+442071838750", accountId, "London", Date.now());
  const say = (to: string, text: string) => deliver(service.url, service.telnyx, smsEvent(to, text));
  const page = await openConsole(service.url, key);
  await page.evaluate(`
    window.notices = [];
    window.Notification = class {
      static permission = "granted";
      static requestPermission = async () => "granted";
      constructor(title, { body }) { window.notices.push(title + ": " + body); }
    };
    window.look = (hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    };
  `);
  await page.getByLabel("Notify me of new messages").check();
  await page.getByRole("radio", { name: "+1 415 555 9999" }).check();
  await say("+442071838750", "to London");
  await page.getByRole("radio", { name: "London +44 20 7183 8750 1 unread" }).waitFor();
  const icon = () => page.locator("link[rel=icon]").getAttribute("href");
  const plain = await icon();
  await page.evaluate("look(true)");
  await say(NUMBER, "unseen");
  await until("the title", async () => (await page.title()) === "(1) Inlet");
  expect(await icon()).not.toBe(plain);
  expect(await page.evaluate("notices")).toEqual(["New message: To +1 415 555 9999"]);
  await page.getByRole("radio", { name: "+1 415 555 9999 1 unread" }).waitFor();
  await page.evaluate("look(false)");
  expect(await page.title()).toBe("Inlet");
  expect(await icon()).toBe(plain);
  await page.getByRole("radio", { name: "All numbers" }).check();
  await until("all read", async () => (await page.locator(".unread").count()) === 0);
});
