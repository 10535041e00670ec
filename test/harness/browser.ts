/** Debian's Chromium, driven by playwright-core, with a fresh profile for each test file. */

import { test } from "bun:test";
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { atTheEnd } from "./cleanup.ts";

const CHROMIUM = "/usr/bin/chromium";
const HOW = "chromium is missing: apt-get install chromium";

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

/** A test that needs a browser: skipped where there is none, and failed there under CI. */
export const browserTest =
  existsSync(CHROMIUM) || process.env.CI === "true"
    ? test
    : (name: string) => test.skip(`${name} (${HOW})`, () => undefined);
