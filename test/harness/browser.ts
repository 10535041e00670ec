/** A real Chromium, Debian's, driven by playwright-core. */
import { type Browser, chromium } from "playwright-core";
import { atTheEnd } from "./cleanup.ts";
import { testWith } from "./programs.ts";

const CHROMIUM = "/usr/bin/chromium";
const ARGS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

/** For tests that need one. */
export const browserTest = testWith(CHROMIUM, "chromium");

/** With a profile of its own, closed at the end. */
export async function launchBrowser(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  atTheEnd(() => browser.close());
  return browser;
}
