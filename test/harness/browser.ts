/** A real Chromium, Debian's, driven by playwright-core: one a file, and for each page a profile of its own. */
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";
import { atTheEnd } from "./cleanup.ts";
import { testWith } from "./programs.ts";

const CHROMIUM = "/usr/bin/chromium";
const ARGS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];

/** For tests that need one. */
export const browserTest = testWith(CHROMIUM, "chromium");

let launched: Promise<Browser> | null = null;
const open = new Set<BrowserContext>();

export async function newContext(options: BrowserContextOptions = {}): Promise<BrowserContext> {
  launched ??= launch();
  const context = await (await launched).newContext(options);
  open.add(context);
  return context;
}

export async function newPage(options: BrowserContextOptions = {}): Promise<Page> {
  return (await newContext(options)).newPage();
}

/** After each test, and all `but` one: a page that stays goes on painting and following its stream. */
export async function closePages(but: Page | null = null): Promise<void> {
  const closing = [...open].filter((context) => context !== but?.context());
  await Promise.all(closing.map((context) => context.close()));
  for (const context of closing) open.delete(context);
}

export async function closeBrowser(): Promise<void> {
  await (await launched)?.close();
  launched = null;
}

async function launch(): Promise<Browser> {
  atTheEnd(closeBrowser);
  return chromium.launch({ executablePath: CHROMIUM, args: ARGS });
}
