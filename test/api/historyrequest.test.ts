/** What a client asks of the history, from its query. */
import { expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { readHistoryRequest, readNextRequest } from "../../src/api/historyrequest.ts";
import { formatPageCursor, parsePageCursor } from "../../src/api/pagecursor.ts";
import { ApiError } from "../../src/errors.ts";

setDefaultTimeout(30_000);

const NOW = Date.parse("2026-05-22T18:30:00.000Z");
const PATH = "http://127.0.0.1:3000/api/v1/sms/messages";

const ask = (query = "") => readHistoryRequest(new Request(`${PATH}${query}`), NOW);
const askNext = (query = "") => readNextRequest(new Request(`${PATH}/next${query}`), NOW);

/** The fields that are refused, and why. */
function refused(query: string, read: (query: string) => unknown = ask): Readonly<Record<string, string>> {
  try {
    read(query);
    return {};
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    expect([error.code, error.message]).toEqual(["validation_error", "The query is not valid."]);
    return error.details.fields ?? {};
  }
}

const descending = formatPageCursor({ order: "desc", epoch: "k3f9", seq: 12 });
const ascending = formatPageCursor({ order: "asc", epoch: "k3f9", seq: 12 });

test("a bare request is for the newest fifty", () => {
  expect(ask()).toEqual({
    filter: { to: null, from: null, search: null },
    order: "desc",
    limit: 50,
    cursor: null,
    after: null,
    since: null,
    until: null,
  });
  expect(ask("?unknown=1&unknown=2&LIMIT=x")).toEqual(ask());
});

test("all filters combine", () => {
  const asked = ask(
    "?limit=200&order=asc&to=+14155559999&to=72345&from=AMAZON&q=hello&since=1h&until=10m&after=k3f9-7",
  );
  expect(asked).toMatchObject({
    filter: { to: ["+14155559999", "72345"], from: "AMAZON" },
    order: "asc",
    limit: 200,
    after: { epoch: "k3f9", seq: 7 },
    since: { storedAt: NOW - 3_600_000 },
    until: NOW - 600_000,
  });
  expect(asked.filter.search).not.toBeNull();
});

test("the plus of a sender may have arrived as a space, and blanks and dashes may stand in it", () => {
  for (const from of ["+13125550001", "%2B13125550001", "%2B1 (312) 555-0001"])
    expect(ask(`?from=${from}`).filter.from).toBe("+13125550001");
  expect(ask("?from=Amazon+Pay").filter.from).toBe("Amazon Pay");
});

test("after implies the order asc, and a cursor its own", () => {
  expect(ask("?after=k3f9-7").order).toBe("asc");
  expect(ask(`?cursor=${ascending}`)).toMatchObject({ order: "asc", cursor: { epoch: "k3f9", seq: 12 } });
  expect(ask(`?cursor=${descending}&order=desc`).order).toBe("desc");
  expect(Object.keys(refused("?after=k3f9-7&order=desc"))).toEqual(["order"]);
  expect(Object.keys(refused(`?cursor=${descending}&order=asc`))).toEqual(["cursor"]);
  expect(Object.keys(refused(`?cursor=${descending}&after=k3f9-7`))).toEqual(["cursor"]);
  expect(ask(`?cursor=${ascending}&after=k3f9-7`).order).toBe("asc");
});

test("empty cursors and times count as absent, as in the stream", () => {
  expect(ask("?cursor=&after=&since=&until=")).toEqual(ask());
});

test("what may be given once is refused when it is given twice", () => {
  for (const name of ["limit", "order", "cursor", "after", "from", "since", "until", "q"]) {
    const value =
      { limit: "5", order: "asc", cursor: ascending, after: "k3f9-1", from: "x", q: "x" }[name] ?? "1h";
    expect(refused(`?${name}=${value}&${name}=${value}`), name).toEqual({ [name]: "may be given once" });
  }
  expect(Object.keys(refused("?timeout=1&timeout=1", askNext))).toEqual(["timeout"]);
});

test("values out of their bounds are refused without being repeated", () => {
  const queries = {
    limit: ["0", "201", "-1", "1.5", "x", "", "1e2", " 5"],
    order: ["DESC", "", "up"],
    after: ["x", "k3f9", "k3f9-01", "-1", "a".repeat(1000)],
    cursor: ["x", "k3f9-1", `${ascending}=`, `${ascending}A`, ascending.toLowerCase(), "a".repeat(1000)],
    from: ["", "x".repeat(65)],
    to: ["", "x", "14155559999"],
    since: ["now", "10", "1.5h"],
    until: ["now", "all", "10"],
    q: ["", "%20", "***", "!", "x".repeat(501)],
  };
  for (const [name, values] of Object.entries(queries)) {
    for (const value of values) {
      const fields = refused(`?${name}=${value}`);
      expect(Object.keys(fields), `${name}=${value}`).toEqual([name]);
      if (value.length > 4) expect(fields[name]).not.toContain(value);
    }
  }
});

test("a wait is for thirty seconds, or for any part of two minutes", () => {
  expect(askNext()).toMatchObject({ timeoutMs: 30_000, after: null, since: null });
  expect(askNext("?timeout=0.25&since=all&after=k3f9-3")).toMatchObject({
    timeoutMs: 250,
    since: "all",
    after: { seq: 3 },
  });
  expect(askNext("?timeout=120").timeoutMs).toBe(120_000);
  expect(askNext("?timeout=0").timeoutMs).toBe(0);
  for (const timeout of ["120.1", "121", "-1", "", "x", "1e1"])
    expect(Object.keys(refused(`?timeout=${timeout}`, askNext)), timeout).toEqual(["timeout"]);
});

test("a page's cursor can be read back, and nothing else reads as one", () => {
  const cursor = fc.record({
    order: fc.constantFrom("asc" as const, "desc" as const),
    epoch: fc.stringMatching(/^[a-z0-9]{4,16}$/),
    seq: fc.integer({ min: 0, max: 999_999_999_999_999 }),
  });
  fc.assert(fc.property(cursor, (page) => expect(parsePageCursor(formatPageCursor(page))).toEqual(page)));
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
      const page = parsePageCursor(text);
      if (page) expect(formatPageCursor(page)).toBe(text);
    }),
  );
});

test("whatever the query, it is read or refused with the names of its fields", () => {
  const names = ["limit", "order", "cursor", "after", "to", "from", "since", "until", "q", "timeout", "x"];
  const pair = fc.tuple(fc.constantFrom(...names), fc.string({ unit: "binary" }));
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 6 }), (pairs) => {
      const query = `?${new URLSearchParams(pairs)}`;
      for (const read of [ask, askNext])
        for (const field of Object.keys(refused(query, read))) expect(names).toContain(field);
    }),
  );
});
