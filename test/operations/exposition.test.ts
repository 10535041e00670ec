/** Numbers in Prometheus's text format, judged by its own tool where it is installed. */
import { expect, test } from "bun:test";
import { counter, exposition, gauge, histogram, labelled } from "../../src/operations/exposition.ts";
import { Histogram } from "../../src/platform/histogram.ts";

test("a histogram counts what is at most each bound, and everything under +Inf", () => {
  const seconds = new Histogram([0.1, 1]);
  for (const value of [0.05, 0.1, 0.5, 7]) seconds.observe(value);
  const text = exposition([{ labels: {}, families: [histogram("a_seconds", "A.", seconds)] }]);
  expect(text).toBe(`# HELP a_seconds A.
# TYPE a_seconds histogram
a_seconds_bucket{le="0.1"} 2
a_seconds_bucket{le="1"} 3
a_seconds_bucket{le="+Inf"} 4
a_seconds_sum 7.65
a_seconds_count 4
`);
});

test("samples of several processes stand together under one heading, each with its label", () => {
  const families = (n: number) => [
    counter("a_total", "A.", n),
    labelled("gauge", "b", "B.", "state", { live: n, behind: 0 }),
  ];
  const processes = [1, 2].map((n) => ({ labels: { worker: String(n) }, families: families(n) }));
  expect(exposition(processes)).toBe(`# HELP a_total A.
# TYPE a_total counter
a_total{worker="1"} 1
a_total{worker="2"} 2
# HELP b B.
# TYPE b gauge
b{worker="1",state="live"} 1
b{worker="1",state="behind"} 0
b{worker="2",state="live"} 2
b{worker="2",state="behind"} 0
`);
});

test("what a label holds cannot end it, and what is no number is said so", () => {
  const family = gauge("a", "A.", Number.POSITIVE_INFINITY);
  expect(exposition([{ labels: { x: 'a"b\\c\nd' }, families: [family] }])).toContain(
    'a{x="a\\"b\\\\c\\nd"} NaN\n',
  );
});
