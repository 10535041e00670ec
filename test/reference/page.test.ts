/** The reference page in a real browser: it shows every operation, asks nobody else, and its requests work. */
import { afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { openApiDocument } from "../../src/reference/document.ts";
import type { Document } from "../../src/reference/openapi.ts";
import { VERSION } from "../../src/version.ts";
import { browserTest, closePages, newPage } from "../harness/browser.ts";
import { addKey, addTenant, type Server, startServer, type Tenant } from "../harness/server.ts";
import { send } from "../journeys/stream/texts.ts";

setDefaultTimeout(60_000);
afterEach(() => closePages());

/** The executable, in which the page's parts are embedded. */
let server: Server;
let tenant: Tenant;

beforeAll(async () => {
  server = await startServer();
  tenant = await addTenant(server.folder, "+14155550931");
});

interface Visit {
  readonly page: Page;
  /** What the page did that it must not: requests to elsewhere, errors, violations of its policy. */
  readonly faults: string[];
}

async function visit(path = "/docs"): Promise<Visit> {
  const page = await newPage();
  const faults: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.origin !== server.url && url.protocol !== "data:") faults.push(`a request to ${url.origin}`);
  });
  await page.goto(`${server.url}${path}`);
  await page.locator(".opblock").first().waitFor();
  return { page, faults };
}

async function signIn(page: Page, key: string): Promise<void> {
  await page.getByRole("button", { name: "Authorize" }).click();
  await page.getByLabel("auth-bearer-value").first().fill(key);
  await page.getByRole("button", { name: "Apply credentials" }).first().click();
  await page.getByRole("button", { name: "Close" }).first().click();
}

/** Opens an operation, tries it out, and returns what was answered: the status, and the body. */
async function tryOut(page: Page, operationId: string): Promise<[string, string]> {
  const operation = page.locator(`.opblock[id$="-${operationId}"]`);
  await operation.locator(".opblock-summary-control").click();
  await operation.getByRole("button", { name: "Try it out" }).click();
  await operation.getByRole("button", { name: "Execute" }).click();
  const live = operation.locator(".live-responses-table");
  const status = await live.locator("tbody .response-col_status").first().textContent();
  return [status?.trim() ?? "", (await live.locator(".highlight-code code").first().textContent()) ?? ""];
}

browserTest("every operation is there, opened and closed, and nothing comes from elsewhere", async () => {
  const { page, faults } = await visit();
  const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as Document;
  const documented = Object.values(paths).flatMap((item) =>
    Object.values(item).map(({ summary }) => summary),
  );
  const shown = page.locator(".opblock-summary-description");
  expect((await shown.allInnerTexts()).sort()).toEqual(documented.sort());
  await page.locator(".opblock-summary-control").first().click();
  // A mouse that has to find each of them in a page that grows takes half a minute.
  await page.evaluate(
    'for (const other of [...document.querySelectorAll(".opblock-summary-control")].slice(1)) other.click()',
  );
  await page
    .locator(".responses-table")
    .nth(documented.length - 1)
    .waitFor();
  expect(faults).toEqual([]);
});

browserTest("a request with a pasted key is answered, and so is the stream for a while", async () => {
  const { key } = await addKey(server.folder, tenant.accountId);
  await send(server, tenant, "seen in the reference");
  const { page, faults } = await visit();
  await signIn(page, key);
  expect(await tryOut(page, "getMe")).toEqual(["200", expect.stringContaining(`"id": ${tenant.accountId}`)]);
  const [status, text] = await tryOut(page, "openStream");
  expect(status).toBe("200");
  expect(text).toContain("event: connected");
  expect(text).toContain(": this page stopped reading after 5 seconds");
  expect(faults).toEqual([]);
});

test("the executable serves the very document of its source", async () => {
  const served: unknown = await (await fetch(`${server.url}/openapi.json`)).json();
  const made = openApiDocument({ version: VERSION, publicUrl: null });
  expect(served).toEqual(JSON.parse(JSON.stringify(made)));
});

test("its address may end with a slash", async () => {
  const { status, headers } = await fetch(`${server.url}/docs/`, { redirect: "manual" });
  expect([status, headers.get("location")]).toEqual([308, "../docs"]);
});

test("its parts are kept for ever, compressed, and asked for once", async () => {
  const html = await (await fetch(`${server.url}/docs`)).text();
  const parts = [...html.matchAll(/(?:src|href)="(docs\/[^"]+\.(?:js|css))"/g)].map(
    (match) => match[1] ?? "",
  );
  expect(parts).toHaveLength(4);
  for (const part of parts) {
    const plain = await fetch(`${server.url}/${part}`, { headers: { "accept-encoding": "identity" } });
    expect(plain.headers.get("content-encoding")).toBe(null);
    expect(plain.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    const packed = await fetch(`${server.url}/${part}`, { headers: { "accept-encoding": "br, gzip" } });
    expect(packed.headers.get("content-encoding")).toBe("gzip");
    expect(await packed.text()).toBe(await plain.text());
    const etag = plain.headers.get("etag") ?? "";
    const again = await fetch(`${server.url}/${part}`, { headers: { "if-none-match": `"other", ${etag}` } });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  }
  expect((await fetch(`${server.url}/docs/library.js`)).status).toBe(404);
});
