/** Debian's Chromium, driven by playwright-core, with a fresh profile for each test file. */

import { test } from "bun:test";
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { atTheEnd } from "./cleanup.ts";

const CHROMIUM = "/usr/bin/chromium";
const HOW = "chromium is missing: apt-get install chromium";

/** Throws where there is none, and then only in a test: a file is loaded where its tests are skipped, too. */
export async function launchBrowser(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  atTheEnd(() => browser.close());
  return browser;
}

/** Two cores, shared with other tests, are slow at painting. */
const TIMEOUT_MS = 60_000;

/** A test that needs a browser: skipped where there is none, and failed there under CI. */
export function browserTest(name: string, work: () => Promise<void>): void {
  if (existsSync(CHROMIUM) || process.env.CI === "true") test(name, work, TIMEOUT_MS);
  else test.skip(`${name} (${HOW})`, work);
}
