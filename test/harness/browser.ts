/** A real Chromium, Debian's, driven by playwright-core. */
import { test } from "bun:test";
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { atTheEnd } from "./cleanup.ts";

const CHROMIUM = "/usr/bin/chromium";
const ARGS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

const isMissing = !existsSync(CHROMIUM) && process.env.CI !== "true";
if (isMissing) process.stderr.write(`skipped: there is no ${CHROMIUM} (apt-get install chromium)\n`);

/** For tests that need one: skipped where there is none, except by the gate. */
export const browserTest = isMissing ? test.skip : test;

/** With a profile of its own, closed at the end. */
export async function launchBrowser(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  atTheEnd(() => browser.close());
  return browser;
}
