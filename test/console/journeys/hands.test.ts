/** The console for every hand and eye: by keyboard, on a phone, read out; and with the worst texts that there are. */
import { afterEach, expect, setDefaultTimeout } from "bun:test";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { browserTest } from "../../harness/browser.ts";
import { type TestService, tenant, testService } from "../../harness/service.ts";
import { deliver, smsEvent } from "../../harness/telnyx.ts";
import { BROWSER_MS, bodies, expectNoFaults, isLive, openConsole, visit } from "../browsing.ts";

const NUMBER = "+14155559999";

setDefaultTimeout(BROWSER_MS);
afterEach(expectNoFaults);

function say(service: TestService, text: string, payload = {}): Promise<string> {
  return deliver(service.url, service.telnyx, smsEvent(NUMBER, text, payload));
}

browserTest("with the keyboard alone: give a key, search, go back, copy a snippet, leave", async () => {
  const service = await testService();
  const { key } = await tenant(service, NUMBER);
  await say(service, "An order");
  await say(service, "A question");
  const page = await visit();
  await page.goto(service.url);
  const focused = () => page.evaluate("document.activeElement.id");
  expect(await focused()).toBe("key");
  await page.keyboard.insertText(key);
  await page.keyboard.press("Enter");
  await isLive(page);
  const tabTo = async (id: string) => {
    for (let presses = 0; presses < 20 && (await focused()) !== id; presses++)
      await page.keyboard.press("Tab");
    expect(await focused()).toBe(id);
  };
  expect(await focused()).toBe("list");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Copy text" }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Escape");
  await page.keyboard.press("k");
  expect(await page.evaluate("document.activeElement.querySelector('.body').textContent")).toBe("A question");
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  expect(await focused()).toBe("search");
  await page.keyboard.type("order");
  await page.keyboard.press("Enter");
  await page.getByText("1 found for “order”").waitFor();
  expect(await bodies(page)).toEqual(["An order"]);
  await page.keyboard.press("Escape");
  await page.getByText("A question").waitFor();
  await page.keyboard.press("Shift+Tab");
  for (let presses = 0; presses < 20 && (await focused()) !== "share-button"; presses++)
    await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Use this stream" }).waitFor();
  await page.keyboard.press("Tab");
  await page.getByText("inlet tail --url").waitFor();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.getByText("follow.mjs").waitFor();
  await page.keyboard.press("Escape");
  expect(await focused()).toBe("share-button");
  await tabTo("forget");
  await page.keyboard.press("Enter");
  expect(await focused()).toBe("key");
});

browserTest("the link past the panel leads to the list, and is no new beginning", async () => {
  const service = await testService();
  const { key } = await tenant(service, NUMBER);
  await say(service, "Hello");
  const page = await openConsole(service.url, key);
  await page.getByText("Hello", { exact: true }).waitFor();
  let opened = 0;
  page.on("request", () => opened++);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  expect(await page.evaluate("document.activeElement.id")).toBe("list");
  await say(service, "Hello again");
  await page.getByText("Hello again", { exact: true }).waitFor();
  expect(opened).toBe(0);
});

browserTest("on a phone nothing is wider than the screen, and the panel opens and closes", async () => {
  const service = await testService();
  const { key } = await tenant(service, NUMBER);
  await say(service, "x".repeat(500));
  await say(service, "A longer text that has to be broken into several lines on so narrow a screen", {
    from: { phone_number: "+442071838750" },
    cc: ["+14155550101"],
  });
  const phone = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };
  const page = await openConsole(service.url, key, phone);
  await page.locator(".message").first().waitFor();
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(360);
  const forget = page.getByRole("button", { name: "Forget this key" });
  expect(await forget.isVisible()).toBe(false);
  await page.getByRole("button", { name: "Numbers" }).tap();
  await forget.waitFor();
  await page.locator("#numbers label", { hasText: "+1 415 555 9999" }).tap();
  await forget.waitFor({ state: "hidden" });
  await page.locator("#chosen").getByText("+1 415 555 9999").waitFor();
  await page.getByRole("button", { name: "Show all numbers" }).tap();
  await page.locator("#chosen").waitFor({ state: "hidden" });
});

browserTest("whatever a text holds, it is shown as text, in its own place", async () => {
  const service = await testService();
  const { key } = await tenant(service, NUMBER);
  const hostile = [
    `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`,
    "</p></li></ol><h1>Not ours</h1>",
    "\u202egnirts desrever\u2066 and שלום",
    "bell\u0007 escape\u001b[31m nul\u2400 line\u2028end",
    "{{settings}} $& $1 &lt;b&gt;",
  ];
  for (const text of hostile) await say(service, text);
  await say(service, `${"long ".repeat(2_000)}end`, { from: { phone_number: "\u202eevil<b>" } });
  await say(service, "picture", {
    type: "MMS",
    subject: hostile[0],
    media: [
      { url: "https://media.example.com/a.jpg", content_type: "image/jpeg", size: 248_211 },
      { url: "javascript:document.title='owned'", content_type: "text/html" },
    ],
  });
  const requested: string[] = [];
  const page = await visit();
  page.on("request", (request) => requested.push(request.url()));
  await page.goto(`${service.url}/#key=${key}`);
  await page.getByText("picture", { exact: true }).waitFor();
  const shown = (await bodies(page)).reverse();
  expect(shown.slice(0, 3)).toEqual(hostile.slice(0, 3));
  expect(shown[3]).toBe("bell\u2407 escape\u241b[31m nul\u2400 line\ufffdend");
  expect(shown[4]).toBe(hostile[4] ?? "");
  expect(await page.locator("#list .subject").allTextContents()).toEqual([hostile[0] ?? ""]);
  expect(await page.title()).toBe("Inlet");
  expect(await page.locator("#list h1, #list script, #list img, #list b").count()).toBe(0);
  const list = await page.locator("#list").boundingBox();
  for (const box of await Promise.all(
    (await page.locator("#list .body").all()).map((body) => body.boundingBox()),
  ))
    expect((box?.x ?? 0) + (box?.width ?? 9e9)).toBeLessThanOrEqual((list?.x ?? 0) + (list?.width ?? 0) + 1);
  expect(shown[5]?.length).toBeLessThan(800);
  await page.getByRole("button", { name: "Show all 10,003 characters" }).click();
  await page.getByText("long end").waitFor();
  await page.getByRole("button", { name: "Show less" }).click();
  await page.getByText("long end").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Show all 10,003 characters" }).waitFor();
  const links = page.locator("#list a");
  expect(await links.count()).toBe(1);
  expect(await links.getAttribute("href")).toBe("https://media.example.com/a.jpg");
  expect(await links.getAttribute("rel")).toBe("noopener noreferrer");
  expect(await links.textContent()).toBe("image/jpeg248 KB");
  expect(requested.filter((url) => !url.startsWith(service.url))).toEqual([]);
});

browserTest("axe finds nothing to object to, in light and dark, wide and narrow", async () => {
  const service = await testService();
  const { key } = await tenant(service, NUMBER);
  await say(service, "STOP");
  await say(service, "x".repeat(3_000), { is_spam: true, cc: ["+14155550101"] });
  const media = [{ url: "https://media.example.com/a.jpg", content_type: "image/jpeg", size: 248_211 }];
  await say(service, "picture", { type: "MMS", media });
  const wide = { colorScheme: "light", viewport: { width: 1280, height: 800 } } as const;
  const narrow = { colorScheme: "dark", viewport: { width: 390, height: 844 } } as const;
  for (const options of [wide, narrow]) {
    // axe is a script of its own, which the page's policy would not let in.
    const page = await visit({ bypassCSP: true, ...options });
    await page.goto(service.url);
    await objections(page, "the form");
    await page.goto(`${service.url}/#key=${key}`);
    await isLive(page);
    await page.locator(".message").first().waitFor();
    await objections(page, "the list");
    await page.getByRole("button", { name: "Actions" }).first().click();
    await objections(page, "the menu");
    await page.keyboard.press("Escape");
    if (options === narrow) await page.getByRole("button", { name: "Numbers" }).click();
    await objections(page, "the panel");
    await page.getByRole("button", { name: "Use this stream" }).click();
    await objections(page, "the snippets");
  }
});

async function objections(page: Page, where: string): Promise<void> {
  await page.evaluate(axe.source);
  const found = (await page.evaluate("axe.run()")) as {
    violations: { id: string; nodes: { html: string }[] }[];
  };
  const named = found.violations.map(({ id, nodes }) => `${where}: ${id}: ${nodes.map(({ html }) => html)}`);
  expect(named).toEqual([]);
}
