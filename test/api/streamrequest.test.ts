/** What a client asks of the stream, from its headers and its query. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { readStreamRequest } from "../../src/api/streamrequest.ts";
import { ApiError } from "../../src/errors.ts";
import { parseTime } from "../../src/values/time.ts";

const NOW = Date.parse("2026-05-22T18:30:00.000Z");
const PATH = "http://127.0.0.1:3000/api/v1/sms/stream";

function ask(query = "", headers: Record<string, string> = {}) {
  return readStreamRequest(new Request(`${PATH}${query}`, { headers }), NOW);
}

/** The fields that are refused, and why. */
function refused(query: string, headers: Record<string, string> = {}): Readonly<Record<string, string>> {
  try {
    return { accepted: JSON.stringify(ask(query, headers)) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    expect([error.code, error.message]).toEqual(["validation_error", "The query is not valid."]);
    return error.details.fields ?? {};
  }
}

const storedAt = (time: string) => ({ storedAt: Date.parse(time) });

test("a bare request is that of a fresh client, who sees all numbers", () => {
  expect(ask()).toEqual({ cursor: null, since: null, to: null });
  expect(ask("?")).toEqual(ask());
});

test("unknown parameters are ignored", () => {
  expect(ask("?foo=bar&cursor=k3f9-1&number=x&to-date=x&Since=x&last-event-id=k3f9-1")).toEqual(ask());
});

test("a spelling of to that would show everything is refused by its right name, on a reconnect too", () => {
  for (const name of [
    "to[]",
    "to[0]",
    "to%5B%5D",
    "to%255B0%255D",
    "filter[to]",
    "filter%5Bto%5D%5B%5D",
    "filter.to",
    "to:",
    "to*",
    "$to",
    "?to",
    "to%255B%255D",
    "To",
    "TO[]",
    "to.0",
    "amp;to",
    "+to",
    "to1",
  ])
    for (const headers of [{}, { "last-event-id": "k3f9-1" }])
      expect(Object.keys(refused(`?${name}=%2B14155559999`, headers)), name).toEqual(["to"]);
  expect(refused("?to[]=72345").to).toStartWith("must be spelled to, without brackets");
});

test("the cursor comes in the header, or in the query under either name", () => {
  const asked = { cursor: "k3f9-1041", since: null, to: null };
  expect(ask("", { "Last-Event-ID": "k3f9-1041" })).toEqual(asked);
  expect(ask("?last_event_id=k3f9-1041")).toEqual(asked);
  expect(ask("?lastEventId=k3f9-1041")).toEqual(asked);
});

test("the header wins over the query", () => {
  expect(ask("?last_event_id=k3f9-1&lastEventId=k3f9-2", { "last-event-id": "k3f9-3" }).cursor).toBe(
    "k3f9-3",
  );
});

test("an empty cursor counts as absent, wherever it stands", () => {
  expect(ask("?last_event_id=&lastEventId=", { "last-event-id": "" })).toEqual(ask());
  expect(ask("?last_event_id=k3f9-1", { "last-event-id": " " }).cursor).toBe("k3f9-1");
  expect(ask("?last_event_id=&lastEventId=k3f9-2").cursor).toBe("k3f9-2");
});

test("a query has an end, behind which two hundred numbers fit", () => {
  const numbers = Array.from({ length: 200 }, (_, i) => `to=%2B14155550${100 + i}`).join("&");
  expect(ask(`?${numbers}&ticket=ticket_${"0".repeat(32)}&lastEventId=k3f9-1`).to).toHaveLength(200);
  expect(refused(`?x=${"x".repeat(8_189)}`)).toHaveProperty("accepted");
  expect(refused(`?x=${"x".repeat(8_190)}`)).toEqual({ query: "may have at most 8192 characters" });
});

test("a client whose cursor cannot be read is still a resuming client", () => {
  for (const cursor of ["x", "k3f9", "null", "<script>", "k3f9-00", "x".repeat(5000)])
    expect(ask(`?last_event_id=${encodeURIComponent(cursor)}`).cursor).toBe(cursor);
});

test("either cursor wins over since, which is then not looked at", () => {
  expect(ask("?since=all&last_event_id=k3f9-1")).toEqual({ cursor: "k3f9-1", since: null, to: null });
  expect(ask("?since=rubbish", { "last-event-id": "k3f9-1" }).since).toBeNull();
});

test("since is a time, a duration before now, or all", () => {
  expect(ask("?since=all").since).toBe("all");
  expect(ask("?since=10m").since).toEqual(storedAt("2026-05-22T18:20:00Z"));
  expect(ask("?since=2h").since).toEqual(storedAt("2026-05-22T16:30:00Z"));
  expect(ask("?since=7d").since).toEqual(storedAt("2026-05-15T18:30:00Z"));
  expect(ask("?since=2026-05-22T18:30:00.250Z").since).toEqual(storedAt("2026-05-22T18:30:00.250Z"));
  expect(ask("?since=").since).toBeNull();
});

test("a time in the future is allowed", () => {
  expect(ask("?since=2099-01-01").since).toEqual(storedAt("2099-01-01T00:00:00Z"));
});

test("the plus of a time's offset may have arrived as a space", () => {
  const asked = storedAt("2026-05-22T16:30:00Z");
  for (const offset of ["+02:00", "%2B02:00", "%2b0200", " 02:00", "%2002:00"])
    expect(ask(`?since=2026-05-22T18:30:00${offset}`).since, offset).toEqual(asked);
  expect(ask("?since=2026-05-22T18:30:00-02:00").since).toEqual(storedAt("2026-05-22T20:30:00Z"));
});

test("any other since is refused, and the answer does not repeat it", () => {
  for (const since of ["now", "ALL", "10", "1.5h", "-10m", "1716400000", "22.05.2026", "99999d", "%00"]) {
    const { since: why, ...others } = refused(`?since=${since}`);
    expect(why, since).toStartWith("must be an ISO 8601 time such as ");
    expect(others).toEqual({});
  }
  expect(JSON.stringify(refused("?since=<script>"))).not.toContain("script");
});

test("to may be repeated, and its plus may have arrived as a space", () => {
  expect(ask("?to=%2B14155559999").to).toEqual(["+14155559999"]);
  expect(ask("?to=+14155559999&to=72345&to=%2B14155551234").to).toEqual([
    "+14155551234",
    "+14155559999",
    "72345",
  ]);
  expect(ask("?to=+1 415 555 9999&to=%2B1(415)555-9999").to).toEqual(["+14155559999"]);
});

test("a text that is not a number is refused for a fresh client, and left out on a reconnect", () => {
  for (const to of ["", "x", "14155559999", "+1", "%2B14155559999,%2B14155551234"])
    expect(Object.keys(refused(`?to=${to}&to=72345`)), to).toEqual(["to"]);
  expect(ask("?to=x&to=72345", { "last-event-id": "k3f9-1" }).to).toEqual(["72345"]);
  expect(ask("?to=x&last_event_id=k3f9-1").to).toEqual([]);
});

test("two hundred numbers may be named, and no more", () => {
  const query = (count: number) =>
    `?${Array.from({ length: count }, (_, i) => `to=%2B1415555${String(i).padStart(4, "0")}`).join("&")}`;
  expect(ask(query(200)).to).toHaveLength(200);
  expect(refused(query(201))).toEqual({ to: "may be given at most 200 times" });
});

test("all faults of a query are reported together", () => {
  expect(Object.keys(refused("?since=x&to=x")).sort()).toEqual(["since", "to"]);
});

test("times are read to the millisecond, and are UTC without a zone", () => {
  const utc = Date.parse("2026-05-22T18:30:00.000Z");
  for (const text of [
    "2026-05-22T18:30:00Z",
    "2026-05-22T18:30",
    "2026-05-22t18:30z",
    "2026-05-22T18:30:00.0-00:00",
  ])
    expect(parseTime(text), text).toBe(utc);
  expect(parseTime("2026-05-22")).toBe(Date.parse("2026-05-22T00:00:00Z"));
  expect(parseTime("2026-05-22T18:30:00.123456789Z")).toBe(utc + 123);
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date("9999-12-31"), noInvalidDate: true }), (date) => {
      expect(parseTime(date.toISOString())).toBe(date.getTime());
    }),
  );
});

test("a string of the wrong form is not a time", () => {
  const forms = [
    "",
    "2026",
    "2026-05",
    "2026-5-22",
    "20260522",
    "2026-05-22 18:30",
    "2026-05-22T18",
    "2026-05-22T",
    "T18:30",
  ];
  const values = [
    "2026-13-01",
    "2026-00-10",
    "2026-05-32",
    "2026-05-22T25:00",
    "2026-05-22T18:60",
    "2026-05-22T18:30+99:99",
  ];
  const others = [
    "now",
    "1716400000",
    "Fri, 22 May 2026 18:30:00 GMT",
    "+012026-05-22",
    "2026-05-22T18:30:00Z\n",
    "٢٠٢٦-05-22",
  ];
  for (const text of [...forms, ...values, ...others]) expect(parseTime(text), text).toBeNull();
});

test("whatever the query and the header, it is read or refused with the names of its fields", () => {
  const text = fc.string({ unit: "grapheme" });
  const pair = fc.tuple(fc.constantFrom("to", "since", "last_event_id", "lastEventId", "x"), text);
  const header = fc.stringMatching(/^[!-~]{0,20}$/);
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 5 }), header, (pairs, header) => {
      const query = `?${new URLSearchParams(pairs)}`;
      const fields = refused(query, { "last-event-id": header });
      for (const field of Object.keys(fields)) expect(["accepted", "since", "to"]).toContain(field);
    }),
  );
});
