/**
 * Where traces go, by the variables that every program with OpenTelemetry reads
 * (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/). They are often set for a whole
 * machine: what is wrong with them is warned about, and stops nothing.
 */
import type { Reader } from "./reader.ts";

export interface TracesConfig {
  /** Of the collector's traces, whole. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string>>;
  /** Of the traces that begin here, from 0 to 1. */
  readonly ratio: number;
  /** Whether a trace that began elsewhere is recorded as it was there. */
  readonly followsParent: boolean;
}

/** In a list of headers or attributes; more are mistakes. */
const MAX_PAIRS = 64;
const SAMPLERS: Readonly<Record<string, Pick<TracesConfig, "ratio" | "followsParent">>> = {
  always_on: { ratio: 1, followsParent: false },
  always_off: { ratio: 0, followsParent: false },
  traceidratio: { ratio: 1, followsParent: false },
  parentbased_always_on: { ratio: 1, followsParent: true },
  parentbased_always_off: { ratio: 0, followsParent: true },
  parentbased_traceidratio: { ratio: 1, followsParent: true },
};

/** Null: nobody wants traces. */
export function readTraces(read: Reader): TracesConfig | null {
  const url = readUrl(read);
  const headers = readPairs(read, "OTEL_EXPORTER_OTLP_HEADERS");
  const attributes = readPairs(read, "OTEL_RESOURCE_ATTRIBUTES");
  const name = read.text("OTEL_SERVICE_NAME") ?? attributes["service.name"] ?? "inlet";
  const sampler = readSampler(read);
  const exporter = read.text("OTEL_TRACES_EXPORTER") ?? "otlp";
  const isDisabled = read.text("OTEL_SDK_DISABLED")?.toLowerCase() === "true";
  const protocol = read.text("OTEL_EXPORTER_OTLP_PROTOCOL");
  if (url === null || isDisabled || exporter === "none") return null;
  if (exporter !== "otlp") return unused(read, "OTEL_TRACES_EXPORTER", exporter, "otlp or none");
  if (protocol === "grpc")
    return unused(
      read,
      "OTEL_EXPORTER_OTLP_PROTOCOL",
      protocol,
      "http/json, which collectors take on port 4318",
    );
  return { url, headers, resource: { ...attributes, "service.name": name }, ...sampler };
}

function readUrl(read: Reader): string | null {
  const whole = read.text("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  const base = read.text("OTEL_EXPORTER_OTLP_ENDPOINT");
  const text = whole ?? (base === null ? null : `${base.replace(/\/+$/, "")}/v1/traces`);
  if (text === null) return null;
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "") return url.href;
  // It may have a password.
  const name = whole === null ? "OTEL_EXPORTER_OTLP_ENDPOINT" : "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
  read.warn(name, "holds what is not of the form http(s)://HOST[:PORT][/PATH]: no traces are sent");
  return null;
}

/** `name=value,name=value`, each part percent-encoded. Linear. */
function readPairs(
  read: Reader,
  name: "OTEL_EXPORTER_OTLP_HEADERS" | "OTEL_RESOURCE_ATTRIBUTES",
): Record<string, string> {
  const pairs: [string, string][] = [];
  for (const part of read.list(name)) {
    const at = part.indexOf("=");
    const key = part.slice(0, at).trim();
    const value = decoded(part.slice(at + 1).trim());
    const isFit = name === "OTEL_RESOURCE_ATTRIBUTES" || /^[\w!#$%&'*+.^`|~-]+$/.test(key);
    if (at < 1 || value === null || !isFit || pairs.length >= MAX_PAIRS) {
      // A header may be a secret.
      read.warn(
        name,
        `holds what is not of the form name=value,name=value with at most ${MAX_PAIRS} of them: it is left out`,
      );
      return {};
    }
    pairs.push([key, value]);
  }
  return Object.fromEntries(pairs);
}

function decoded(text: string): string | null {
  try {
    const value = decodeURIComponent(text);
    return /\p{Cc}/u.test(value) ? null : value;
  } catch {
    return null;
  }
}

function readSampler(read: Reader): Pick<TracesConfig, "ratio" | "followsParent"> {
  const name = read.text("OTEL_TRACES_SAMPLER") ?? "parentbased_always_on";
  const argument = read.text("OTEL_TRACES_SAMPLER_ARG");
  const sampler = SAMPLERS[name];
  if (!sampler) {
    read.warn(
      "OTEL_TRACES_SAMPLER",
      `holds ${JSON.stringify(name)}; it may be ${Object.keys(SAMPLERS).join(", ")}`,
    );
    return { ratio: 1, followsParent: true };
  }
  if (!name.endsWith("ratio") || argument === null) return sampler;
  const ratio = /^\d{0,3}(\.\d{1,9})?$/.test(argument) ? Number(argument) : Number.NaN;
  if (ratio >= 0 && ratio <= 1) return { ...sampler, ratio };
  read.warn("OTEL_TRACES_SAMPLER_ARG", `holds ${JSON.stringify(argument)}; it may be a number from 0 to 1`);
  return sampler;
}

function unused(read: Reader, name: string, value: string, allowed: string): null {
  read.warn(name, `holds ${JSON.stringify(value)}; it may be ${allowed}: no traces are sent`);
  return null;
}
