/** OpenTelemetry's variables are often set for a whole machine: what is wrong with them stops nothing. */
import { expect, test } from "bun:test";
import { readConfig } from "../../src/config/config.ts";

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/base" };

test("an endpoint alone is enough, and its whole path may be given instead", () => {
  expect(readConfig(ENDPOINT).traces).toEqual({
    url: "http://collector:4318/base/v1/traces",
    headers: {},
    resource: { "service.name": "inlet" },
    ratio: 1,
    followsParent: true,
  });
  const whole = { ...ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://other/traces" };
  expect(readConfig(whole).traces?.url).toBe("https://other/traces");
});

test.each([{ OTEL_SDK_DISABLED: "true" }, { OTEL_TRACES_EXPORTER: "none" }])(
  "%p sends nothing, and says nothing",
  (env) => {
    const { traces, warnings } = readConfig({ ...ENDPOINT, ...env });
    expect([traces, warnings]).toEqual([null, []]);
  },
);

test.each([
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: "http://user:secret@collector" },
    "OTEL_EXPORTER_OTLP_ENDPOINT holds what is not",
  ],
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }, 'OTEL_EXPORTER_OTLP_PROTOCOL holds "grpc"'],
  [{ OTEL_TRACES_EXPORTER: "zipkin" }, 'OTEL_TRACES_EXPORTER holds "zipkin"'],
  [{ OTEL_EXPORTER_OTLP_HEADERS: "secret" }, "OTEL_EXPORTER_OTLP_HEADERS holds what is not"],
  [{ OTEL_EXPORTER_OTLP_HEADERS: "a=%0d%0asecret" }, "OTEL_EXPORTER_OTLP_HEADERS holds what is not"],
  [{ OTEL_TRACES_SAMPLER: "sometimes" }, 'OTEL_TRACES_SAMPLER holds "sometimes"'],
  [
    { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "2" },
    'OTEL_TRACES_SAMPLER_ARG holds "2"',
  ],
])("%p is warned about", (env, warning) => {
  const { warnings } = readConfig({ ...ENDPOINT, ...env });
  expect(warnings).toEqual([expect.stringContaining(warning)]);
  expect(warnings.join()).not.toContain("secret");
});
