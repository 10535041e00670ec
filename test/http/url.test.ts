/** A query that is too long is refused everywhere, and where nothing of it is asked for it is not even parsed. */
import { expect, spyOn, test } from "bun:test";
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

test("a query of which only the length counts is not parsed", () => {
  const parsing = spyOn(globalThis, "URL");
  try {
    refuseLongQuery(asking(long(8_000)));
    expect(parsing).not.toHaveBeenCalled();
    queryOf(asking(long(8_000)));
    expect(parsing).toHaveBeenCalledTimes(1);
  } finally {
    parsing.mockRestore();
  }
});
