/** The console shows a kept picture when it is asked to, with the key, under its own policy. */
import { afterEach, expect, setDefaultTimeout } from "bun:test";
import { readConfig } from "../../../src/config/config.ts";
import { browserTest } from "../../harness/browser.ts";
import { tenant, testService } from "../../harness/service.ts";
import { deliver } from "../../harness/telnyx.ts";
import { mmsEvent, PictureHost } from "../../media/pictures.ts";
import { BROWSER_MS, expectNoFaults, openConsole } from "../browsing.ts";

const NUMBER = "+14155559999";

setDefaultTimeout(BROWSER_MS);
afterEach(expectNoFaults);

browserTest("a kept picture is shown after a click, and none before; one that failed says why", async () => {
  const host = new PictureHost();
  const { media } = readConfig({ MEDIA: "store", TELNYX_BASE_URL: host.baseUrl });
  const service = await testService({ config: { media }, media: { hasRoom: async () => true } });
  const { key } = await tenant(service, NUMBER);
  const links = [`${host.url}/ok/1`, `${host.url}/html/1`];
  await deliver(service.url, service.telnyx, mmsEvent(NUMBER, links));
  await deliver(service.url, service.telnyx, mmsEvent(NUMBER, [`${host.url}/ok/2`], "another"));
  const page = await openConsole(service.url, key);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  for (;;) {
    await page.reload();
    await page.locator("#list").getByText("another").waitFor();
    if ((await page.getByText("not kept: wrong type").count()) > 0) break;
  }
  expect(await page.locator("#list img").count()).toBe(0);
  expect(asked.some((url) => url.includes("/media/"))).toBe(false);
  const button = page.locator("#list li.message").nth(1).getByRole("button", { name: "image/png" });
  await button.focus();
  await page.keyboard.press("Enter");
  const image = page.locator("#list img");
  await image.waitFor();
  expect(await page.evaluate("document.querySelector('#list img').naturalWidth")).toBe(1);
  expect(await image.getAttribute("src")).toStartWith("blob:");
  expect(asked.filter((url) => url.includes("/media/"))).toHaveLength(1);
  expect(asked.some((url) => url.startsWith(host.url))).toBe(false);
});
