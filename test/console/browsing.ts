/** The console in a real Chromium, watched: nothing it does may violate its own policy or end in an error. */
import { expect } from "bun:test";
import type { BrowserContextOptions, Page } from "playwright-core";
import { closePages, newPage } from "../harness/browser.ts";

/** What a test may take: two cores, shared with other tests, are slow at painting. */
export const BROWSER_MS = 60_000;

/** Violations of the policy, and errors that nobody caught, in any tab. */
const faults: string[] = [];

/** One tab of usual size for all tests of a file: each has a service of its own, and so an origin without any key. */
let tab: Page | null = null;
let isTaken = false;

/** A tab without any key. */
export async function visit(options?: BrowserContextOptions): Promise<Page> {
  if (options || isTaken) return watchedPage(options);
  isTaken = true;
  tab ??= await watchedPage();
  return tab;
}

async function watchedPage(options: BrowserContextOptions = {}): Promise<Page> {
  const page = await newPage({ viewport: { width: 1200, height: 800 }, ...options });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    if (/Content Security Policy|TrustedHTML|Uncaught/i.test(message.text())) faults.push(message.text());
  });
  await page.addInitScript(
    'addEventListener("securitypolicyviolation", (event) => console.error("Content Security Policy: " + event.violatedDirective))',
  );
  return page;
}

/** The console with this key, once it is live. */
export async function openConsole(url: string, key: string, options?: BrowserContextOptions): Promise<Page> {
  const page = await visit(options);
  await page.goto(`${url}/#key=${key}`);
  await isLive(page);
  return page;
}

/** After each test. */
export async function expectNoFaults(): Promise<void> {
  await closePages(tab);
  await tab?.unrouteAll();
  tab?.removeAllListeners("request");
  await tab?.goto("about:blank");
  isTaken = false;
  expect(faults.splice(0)).toEqual([]);
}

export async function isLive(page: Page): Promise<void> {
  await page.locator("#connection[data-state=live]").waitFor();
}

/** The bodies that the list shows, newest first. */
export function bodies(page: Page): Promise<string[]> {
  return page.locator("#list .body").allTextContents();
}
