/** A query that is too long is refused everywhere, and where nothing of it is asked for it is not even parsed. */
import { expect, test } from "bun:test";
import { queryOf, refuseLongQuery } from "../../src/http/url.ts";

const asking = (query: string) => new Request(`http://inlet.example/v1/me${query}`);
/** With its question mark so many characters, in as many parameters as fit. */
const long = (length: number) => `?${"a=%41&".repeat(length).slice(0, length - 1)}`;

test("up to 8,192 characters pass, more do not, whatever they are", () => {
  for (const query of ["", "?", "?a", long(8_191), long(8_192)]) {
    expect(() => refuseLongQuery(asking(query))).not.toThrow();
    expect(() => queryOf(asking(query))).not.toThrow();
  }
  for (const query of [long(8_193), long(15_000), `?${"?".repeat(8_192)}`]) {
    expect(() => refuseLongQuery(asking(query))).toThrow("The query is not valid.");
    expect(() => queryOf(asking(query))).toThrow("The query is not valid.");
  }
});

/** How long it takes, in ms: the best of some. */
function fastest(work: () => unknown): number {
  const times = Array.from({ length: 10 }, () => {
    const start = performance.now();
    for (let i = 0; i < 50; i++) work();
    return performance.now() - start;
  });
  return Math.min(...times);
}

test("a query of which only the length counts costs a small part of what it costs to parse it", () => {
  const request = asking(long(8_000));
  // A hundredth, or less.
  expect(fastest(() => refuseLongQuery(request)) * 5).toBeLessThan(fastest(() => queryOf(request)));
});
