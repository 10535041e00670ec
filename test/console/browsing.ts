/** The console in a real Chromium, watched: nothing it does may violate its own policy or end in an error. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { atTheEnd } from "../harness/cleanup.ts";

export interface Visit {
  readonly page: Page;
  /** Violations of the policy, and errors that nobody caught. */
  readonly faults: string[];
}

/** A tab of its own, without any key. */
export async function visit(browser: Browser, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, ...options });
  atTheEnd(() => context.close());
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    if (/Content Security Policy|TrustedHTML|Uncaught/i.test(message.text())) faults.push(message.text());
  });
  await page.addInitScript(
    'addEventListener("securitypolicyviolation", (event) => console.error("Content Security Policy: " + event.violatedDirective))',
  );
  return { page, faults };
}

/** The console with this key, once it is live. */
export async function openConsole(
  browser: Browser,
  url: string,
  key: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const visited = await visit(browser, options);
  await visited.page.goto(`${url}/#key=${key}`);
  await isLive(visited.page);
  return visited;
}

export async function isLive(page: Page): Promise<void> {
  await page.locator("#connection[data-state=live]").waitFor();
}

/** The bodies that the list shows, newest first. */
export function bodies(page: Page): Promise<string[]> {
  return page.locator("#list .body").allTextContents();
}
