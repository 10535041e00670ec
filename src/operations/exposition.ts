/**
 * Numbers as Prometheus reads them (text format 0.0.4). A library would add its own counters to those that the rooms
 * keep already; this only writes down what they say.
 */
import type { Histogram } from "../platform/histogram.ts";

export interface Sample {
  /** Behind the family's name: `_bucket`, `_sum`, `_count` of a histogram. */
  readonly suffix?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly samples: readonly Sample[];
}

/** What one process says; its labels are put on each of its samples. */
export interface Measured {
  readonly labels: Readonly<Record<string, string>>;
  readonly families: readonly Family[];
}

export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export function counter(name: string, help: string, value: number): Family {
  return { name, help, type: "counter", samples: [{ value }] };
}

export function gauge(name: string, help: string, value: number): Family {
  return { name, help, type: "gauge", samples: [{ value }] };
}

/** One sample for each name of the closed set, under this label. */
export function labelled(
  type: "counter" | "gauge",
  name: string,
  help: string,
  label: string,
  counts: Readonly<Record<string, number>>,
): Family {
  const samples = Object.entries(counts).map(([key, value]) => ({ labels: { [label]: key }, value }));
  return { name, help, type, samples };
}

export function histogram(name: string, help: string, { bounds, counts, sum, count }: Histogram): Family {
  let total = 0;
  const buckets = bounds.map((bound, i) => {
    total += counts[i] ?? 0;
    return { suffix: "_bucket", labels: { le: String(bound) }, value: total };
  });
  const samples = [
    ...buckets,
    { suffix: "_bucket", labels: { le: "+Inf" }, value: count },
    { suffix: "_sum", value: sum },
    { suffix: "_count", value: count },
  ];
  return { name, help, type: "histogram", samples };
}

/** A family's samples of all processes stand together. Some 150 lines for each process. */
export function exposition(processes: readonly Measured[]): string {
  const families = new Map<string, { readonly family: Family; readonly lines: string[] }>();
  for (const { labels, families: own } of processes) {
    for (const family of own) {
      const known = families.get(family.name) ?? { family, lines: [] };
      families.set(family.name, known);
      for (const sample of family.samples) known.lines.push(line(family.name, labels, sample));
    }
  }
  return [...families.values()]
    .map(({ family: { name, help, type }, lines }) =>
      [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n"),
    )
    .join("");
}

function line(name: string, shared: Measured["labels"], { suffix = "", labels = {}, value }: Sample): string {
  const pairs = Object.entries({ ...shared, ...labels }).map(([key, text]) => `${key}="${quoted(text)}"`);
  return `${name}${suffix}${pairs.length > 0 ? `{${pairs.join()}}` : ""} ${Number.isFinite(value) ? value : "NaN"}`;
}

function quoted(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
