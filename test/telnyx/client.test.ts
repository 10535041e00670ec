/** What is asked of Telnyx, how often, and what is believed of its answers. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { TelnyxClient, type TelnyxClientOptions } from "../../src/telnyx/client.ts";
import { readDeliveries } from "../../src/telnyx/deliveries.ts";
import { TelnyxFailure } from "../../src/telnyx/failure.ts";
import { readRecords } from "../../src/telnyx/records.ts";
import { type ApiError, altering, failing, first, saying, stalling, stallingBody } from "./standin/faults.ts";
import { NO_LISTS } from "./standin/nolist.ts";
import { API_KEY, TelnyxStandin } from "./standin/telnyx.ts";

const NUMBER = "+14155550123";
const SPAN = { from: Date.parse("2026-11-01T00:00:00Z"), to: Date.parse("2026-11-01T10:00:00Z") };
const MAX_PAGES = 20;

let telnyx: TelnyxStandin;
let stop: AbortController;
let waits: number[];

beforeEach(() => {
  telnyx = new TelnyxStandin();
  stop = new AbortController();
  waits = [];
});

afterEach(() => {
  expect(telnyx.problems).toEqual([]);
});

function client(options: Partial<TelnyxClientOptions> = {}, apiKey = API_KEY, baseUrl = telnyx.url) {
  const wait = (ms: number) => {
    waits.push(ms);
    return Promise.resolve();
  };
  return new TelnyxClient(
    { apiKey, baseUrl, through: "" },
    { signal: stop.signal, wait, deadlineMs: 8_000, ...options },
  );
}

function lose(count: number): void {
  for (let i = 0; i < count; i++) telnyx.lose({ to: NUMBER, body: `text ${i}`, at: SPAN.from + i * 1000 });
}

const list = (of = client(), maxPages = MAX_PAGES) => readDeliveries(of, SPAN, maxPages);

async function failure(work: Promise<unknown>): Promise<TelnyxFailure> {
  const error: unknown = await work.then(
    (value) => new Error(`it succeeded: ${JSON.stringify(value)?.slice(0, 200)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof TelnyxFailure)) throw error;
  return error;
}

test("a list is read to its end, in requests that Telnyx describes, and by nothing but its key", async () => {
  lose(601);
  const { rows, pages } = await list();
  expect([rows?.length, pages]).toEqual([601, 3]);
  expect(new Set(rows?.map((row) => row?.event.id)).size).toBe(601);
  const records = await readRecords(client(), SPAN, SPAN.to, MAX_PAGES);
  expect([records.rows?.length, records.pages]).toEqual([601, 13]);
  for (const { headers } of telnyx.requests) {
    expect(headers.get("authorization")).toBe(`Bearer ${API_KEY}`);
    expect([...headers.keys()].filter((name) => name.startsWith("x-"))).toEqual([]);
  }
});

test("nothing in the environment reaches Telnyx, replaces the key, or prints", async () => {
  const script = `
    import { TelnyxClient } from "./src/telnyx/client.ts";
    import { readDeliveries } from "./src/telnyx/deliveries.ts";
    const access = { apiKey: "${API_KEY}", baseUrl: "${telnyx.url}", through: "" };
    const client = new TelnyxClient(access, { signal: new AbortController().signal });
    await readDeliveries(client, { from: 0, to: 1 }, 1);`;
  const child = Bun.spawn([process.execPath, "-e", script], {
    env: {
      PATH: process.env.PATH ?? "",
      TELNYX_CLIENT_ID: "id",
      TELNYX_CLIENT_SECRET: "secret",
      TELNYX_LOG: "debug",
      TELNYX_CUSTOM_HEADERS: "Authorization: Bearer other\nX-Other: 1",
      TELNYX_BASE_URL: "http://127.0.0.1:9/v2",
      TELNYX_API_KEY: "other",
    },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, error] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  expect([out, error, await child.exited]).toEqual(["", "", 0]);
  expect(telnyx.requests).toHaveLength(1);
  expect(telnyx.requests[0]?.headers.get("authorization")).toBe(`Bearer ${API_KEY}`);
  expect(telnyx.requests[0]?.headers.get("x-other")).toBeNull();
});

test.each(NO_LISTS)("%s with a 2xx is no empty list", async (_, fault) => {
  telnyx.faults.push(fault);
  expect((await failure(list())).kind).toBe("unreadable");
});

test("a page of a proxy in a bad moment ends nothing", async () => {
  lose(3);
  telnyx.faults.push(first(1, "/webhook_deliveries", saying("<html>")));
  expect((await list()).rows).toHaveLength(3);
});

test.each([
  ["headers", stalling],
  ["a body", stallingBody],
  ["500", failing(500)],
  ["429", failing(429)],
] as [string, ApiError][])(
  "%s that never come right end after six tries, and once after one",
  async (_, fault) => {
    lose(3);
    telnyx.faults.push(first(1, "/webhook_deliveries", fault));
    expect((await list(client({ deadlineMs: 700 }))).rows).toHaveLength(3);
    telnyx.faults.splice(0, 1, fault);
    const error = await failure(list(client({ deadlineMs: 700 })));
    expect(error.kind).toBe("unreachable");
    expect(telnyx.requests).toHaveLength(2 + 6);
    expect(waits).toEqual([1_000, 1_000, 2_000, 4_000, 8_000, 16_000]);
  },
  30_000,
);

test("what Telnyx asks to wait is waited, a minute at the longest, whichever header says it", async () => {
  const asks: Record<string, string>[] = [
    { "retry-after": "7" },
    { "x-ratelimit-reset": "9" },
    { "retry-after": "3600" },
    { "retry-after": "soon", "x-ratelimit-reset": "x" },
  ];
  let count = 0;
  telnyx.faults.push((asked, genuine) => {
    const headers = asks[count++];
    return headers ? failing(429, "slow down", headers)(asked, genuine) : null;
  });
  await list();
  expect(waits).toEqual([7_000, 9_000, 60_000, 8_000]);
});

test.each([401, 403])("a key that is refused by %d is not tried again, and not shown", async (status) => {
  telnyx.faults.push(failing(status, `the key ${API_KEY} is unknown\u001B[2J`));
  const error = await failure(list());
  expect([error.kind, telnyx.requests.length]).toEqual(["key", 1]);
  expect(error.message).toContain("TELNYX_API_KEY");
  expect(error.message).not.toContain(API_KEY);
  expect(error.message).not.toContain("\u001B");
});

test("the key follows no redirect", async () => {
  const elsewhere = new TelnyxStandin();
  telnyx.faults.push(() => Response.redirect(`${elsewhere.url}/webhook_deliveries`, 307));
  expect((await failure(list())).kind).toBe("refused");
  expect(elsewhere.requests).toEqual([]);
});

test("nobody there is told with the code of the system", async () => {
  const error = await failure(list(client({}, API_KEY, "http://127.0.0.1:9/v2")));
  expect(error.kind).toBe("unreachable");
  expect(error.message).toContain("ECONNREFUSED");
});

test("a stop is heard while it waits for an answer, and while it waits to ask again", async () => {
  telnyx.faults.push(stalling);
  const asking = failure(list(client({ deadlineMs: 60_000 })));
  while (telnyx.requests.length === 0) await Bun.sleep(1);
  stop.abort();
  expect((await asking).kind).toBe("stopped");

  stop = new AbortController();
  telnyx.faults.splice(0, 1, failing(429, "no", { "retry-after": "3600" }));
  const { wait: _, ...options } = { wait: null, signal: stop.signal };
  const access = { apiKey: API_KEY, baseUrl: telnyx.url, through: "" };
  const waiting = failure(
    list(new TelnyxClient(access, { ...options, onRetry: () => setTimeout(() => stop.abort(), 0) })),
  );
  expect((await waiting).kind).toBe("stopped");
});

const META: [string, ApiError, number | string][] = [
  ["texts for numbers", altering(({ data, meta }) => ({ data, meta: mapped(meta, String) })), 601],
  ["nothing", altering(({ data }) => ({ data })), 601],
  ["a page number that is stuck", altering(({ data, meta }) => ({ data, meta: { ...meta, page_number: 1 } })), 601],
  ["pages without end", altering(({ data, meta }) => ({ data, meta: { ...meta, total_pages: 9 } })), "unreadable"],
  ["more entries than there are", altering(({ data, meta }) => ({ data, meta: { ...meta, total_results: 700 } })), "unreadable"],
  ["an end that is too early", altering(({ data, meta }) => ({ data, meta: { ...meta, total_pages: 1 } })), "unreadable"],
]; // biome-ignore format: a list

const mapped = (object: object, to: (value: unknown) => unknown) =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, to(value)]));

test.each(META)("where a page says of itself %s, all is read or nothing is", async (_, fault, expected) => {
  lose(601);
  telnyx.faults.push(fault);
  if (typeof expected === "number") expect((await list()).rows).toHaveLength(expected);
  else expect((await failure(list())).kind).toBe("unreadable");
});

test("the same page again and again is not a list, and a list with too many pages is not read", async () => {
  lose(601);
  telnyx.faults.push((asked, genuine) => {
    asked.query.set("page[number]", "1");
    return genuine();
  });
  expect((await failure(list())).message).toContain("the same page");
  telnyx.faults.pop();
  expect(await list(client(), 2)).toEqual({ rows: null, pages: 1, announced: null });
});

test("an entry that slips to a page already read is found, and entries that come twice count once", async () => {
  lose(600);
  telnyx.faults.push(
    first(1, "/webhook_deliveries", async (_, genuine) => {
      const page = await genuine();
      telnyx.lose({ to: NUMBER, body: "late", at: SPAN.to - 1 });
      return page;
    }),
  );
  expect((await list()).rows).toHaveLength(601);
  telnyx.order = (texts) => texts.flatMap((text) => [text, text]);
  expect((await list()).rows).toHaveLength(601);
});

test("detail records are asked for by days where a time of day is refused", async () => {
  lose(60);
  telnyx.lose({ to: NUMBER, at: SPAN.to + 1 });
  telnyx.faults.push((asked, genuine) =>
    asked.query.has("filter[created_at][gte]") ? failing(400, "unknown filter")(asked, genuine) : null,
  );
  const { rows } = await readRecords(client(), SPAN, SPAN.to + 1, MAX_PAGES);
  expect(rows?.filter((row) => row !== null)).toHaveLength(60);
  expect(telnyx.requests.at(-1)?.query.get("filter[date_range]")).toBe("last_2_days");
});

test("detail records are all there where a time of day is cut to its date, in parts too", async () => {
  const at = SPAN.from + 9 * 3_600_000;
  telnyx.lose({ to: NUMBER, at });
  telnyx.lose({ to: NUMBER, at: SPAN.from + 60_000 });
  telnyx.faults.push((asked, genuine) => {
    for (const name of ["filter[created_at][gte]", "filter[created_at][lt]"])
      asked.query.set(name, asked.query.get(name)?.slice(0, 10) ?? "");
    return genuine();
  });
  const span = { from: at - 3_600_000, to: at + 3_600_000 };
  for (const isPart of [false, true]) {
    const { rows } = await readRecords(client(), span, span.to, MAX_PAGES, isPart);
    expect(rows?.filter((row) => row !== null)).toHaveLength(1);
  }
  const empty = { from: at + 1, to: at + 2 };
  const { rows, pages } = await readRecords(client(), empty, span.to, MAX_PAGES, true);
  expect(rows?.filter((row) => row !== null)).toEqual([]);
  expect(pages).toBeLessThan(4);
});
