/** What the environment is read as: defaults, each variable, a file of them, and what a command needs of it. */
import { afterEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Config,
  loadEnvFile,
  readConfig,
  readDatabaseConfig,
  readServerUrl,
} from "../../src/config/config.ts";
import { UsageError } from "../../src/errors.ts";
import { emptyFolder } from "../harness/cleanup.ts";

const KEY = "shjLimw+wwiduvuPTpUDhXwlES8VlwOAOlsKfMlfNDc=";
const OTHER_KEY = "eu2zvPjhY6odxV34Z/EsRiERvTodkev4Fq0SlK90Izg=";

test("an empty environment gives the contract's defaults", () => {
  expect(readConfig({})).toEqual({
    database: { url: "file:inlet.db", authToken: null },
    nats: null,
    telnyxPublicKeys: [],
    telnyxApi: null,
    backfillMs: 600_000,
    host: "127.0.0.1",
    port: 3000,
    tls: null,
    publicUrl: null,
    corsOrigins: [],
    trustProxy: [],
    heartbeatMs: 30_000,
    maxStreamMs: 300_000,
    maxStreamsPerKey: 100,
    maxStreams: 10_000,
    retentionMs: 30 * 86_400_000,
    shutdownMs: 10_000,
    media: { keeps: false, maxBytes: 10_000_000, hosts: [], folder: null, ownOrigin: null },
    log: { level: "info", format: process.stdout.isTTY ? "pretty" : "json" },
    metricsToken: null,
    traces: null,
    warnings: [],
  } satisfies Config);
});

test("every variable is read", () => {
  const env = {
    DATABASE_URL: "libsql://h.turso.io",
    DATABASE_AUTH_TOKEN: "token",
    NATS_URL: "tls://inlet:p%40ss@a.example.com, tls://inlet:p%40ss@10.0.0.5:4333",
    TELNYX_PUBLIC_KEY: `${KEY}, ${OTHER_KEY},`,
    TELNYX_API_KEY: "KEY1_x",
    TELNYX_BASE_URL: "https://telnyx.example.com/v2/",
    BACKFILL_MINUTES: "0.5",
    HOST: "0.0.0.0",
    PORT: "0",
    PUBLIC_URL: "HTTPS://SMS.example.com:8443/inlet/",
    CORS_ORIGINS: "https://app.example.com, http://localhost:5173,https://app.example.com",
    TRUST_PROXY: "127.0.0.1, 10.0.0.0/8,fd00::/8",
    STREAM_HEARTBEAT_SECONDS: "0.05",
    STREAM_MAX_SECONDS: "2.5",
    MAX_STREAMS_PER_KEY: "1",
    MAX_STREAMS: "7",
    RETENTION_DAYS: "0",
    SHUTDOWN_SECONDS: "0.25",
    MEDIA: "store",
    MEDIA_MAX_BYTES: "1000",
    MEDIA_HOSTS: "media.example.com, *.CDN.example.com",
    MEDIA_DIR: "/var/lib/inlet/media",
    LOG_LEVEL: "debug",
    LOG_FORMAT: "pretty",
    METRICS_TOKEN: "metrics",
    OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318/",
    OTEL_EXPORTER_OTLP_HEADERS: "api-key=a%20b",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment=test,service.name=other",
    OTEL_SERVICE_NAME: "sms",
    OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
    OTEL_TRACES_SAMPLER_ARG: "0.25",
  };
  expect(readConfig(env)).toEqual({
    database: { url: "libsql://h.turso.io", authToken: "token" },
    nats: {
      servers: ["a.example.com:4222", "10.0.0.5:4333"],
      isEncrypted: true,
      user: "inlet",
      password: "p@ss",
      token: null,
      credentials: null,
      ca: null,
    },
    telnyxPublicKeys: [KEY, OTHER_KEY],
    telnyxApi: { apiKey: "KEY1_x", baseUrl: "https://telnyx.example.com/v2", through: "" },
    backfillMs: 30_000,
    host: "0.0.0.0",
    port: 0,
    tls: null,
    publicUrl: "https://sms.example.com:8443/inlet",
    corsOrigins: ["https://app.example.com", "http://localhost:5173"],
    trustProxy: ["127.0.0.1", "10.0.0.0/8", "fd00::/8"],
    heartbeatMs: 50,
    maxStreamMs: 2_500,
    maxStreamsPerKey: 1,
    maxStreams: 7,
    retentionMs: 0,
    shutdownMs: 250,
    media: {
      keeps: true,
      maxBytes: 1_000,
      hosts: ["media.example.com", "*.cdn.example.com"],
      folder: "/var/lib/inlet/media",
      ownOrigin: "https://telnyx.example.com",
    },
    log: { level: "debug", format: "pretty" },
    metricsToken: "metrics",
    traces: {
      url: "http://127.0.0.1:4318/v1/traces",
      headers: { "api-key": "a b" },
      resource: { "deployment.environment": "test", "service.name": "sms" },
      ratio: 0.25,
      followsParent: true,
    },
    warnings: [],
  });
});

test("pages of other origins without an address for tickets are warned about", () => {
  expect(readConfig({ CORS_ORIGINS: "https://app.example.com" }).warnings).toEqual([
    "CORS_ORIGINS is set and PUBLIC_URL is not: the url of a ticket is a path then, which a page of another origin takes for its own server's",
  ]);
});

test("an empty variable counts as absent, and blanks around a value as nothing", () => {
  expect(readConfig({ PORT: "", HOST: " ", LOG_LEVEL: "\t", DATABASE_URL: "", NATS_URL: " " })).toEqual(
    readConfig({}),
  );
  expect(readConfig({ PORT: " 8080 \n" }).port).toBe(8080);
});

test("levels are told in any case of letters, and warn is warning", () => {
  expect(readConfig({ LOG_LEVEL: "WARN" }).log.level).toBe("warning");
  expect(readConfig({ LOG_LEVEL: "Error", LOG_FORMAT: "JSON" }).log).toEqual({
    level: "error",
    format: "json",
  });
});

test("a command that only works on the database is not stopped by other variables", () => {
  expect(readDatabaseConfig({ PORT: "x", NATS_URL: "x", DATABASE_URL: "file:a.db" })).toEqual({
    url: "file:a.db",
    authToken: null,
  });
  expect(() => readDatabaseConfig({ DATABASE_URL: "x" })).toThrow(UsageError);
});

test("the server that the variables describe can be reached at the URL", () => {
  expect(readServerUrl({})).toBe("http://127.0.0.1:3000");
  expect(readServerUrl({ HOST: "0.0.0.0", PORT: "80" })).toBe("http://127.0.0.1:80");
  expect(readServerUrl({ HOST: "::", PORT: "80" })).toBe("http://127.0.0.1:80");
  expect(readServerUrl({ HOST: "::1" })).toBe("http://[::1]:3000");
  expect(readServerUrl({ HOST: "::1", TLS_CERT: "cert.pem", TLS_KEY: "key.pem" })).toBe("https://[::1]:3000");
  expect(() => readServerUrl({ PORT: "x" })).toThrow(UsageError);
});

afterEach(() => {
  for (const name of ["INLET_TEST_SET", "INLET_TEST_FREE"]) delete process.env[name];
});

test("names in such a file that nobody reads are told, with the one that was meant", () => {
  const file = join(emptyFolder(), "inlet.env");
  writeFileSync(file, "LOG_LEVLE=\nHTTPS_PROXY=\nTELNYX_PUBLIC_KYE=\nINLET_TEST_FREE=\nPORT=\n");
  const names = loadEnvFile(file).map((line) => line.replace(`${file} sets `, ""));
  expect(names).toEqual([
    "LOG_LEVLE, which is no variable of Inlet; did you mean LOG_LEVEL?",
    "TELNYX_PUBLIC_KYE, which is no variable of Inlet; did you mean TELNYX_PUBLIC_KEY?",
    "INLET_TEST_FREE, which is no variable of Inlet",
  ]);
  writeFileSync(file, `${"A".repeat(100_000)}=`);
  expect(loadEnvFile(file)).toEqual([`${file} sets ${"A".repeat(60)}, which is no variable of Inlet`]);
});

test("a file of variables adds to the environment, which wins", () => {
  const file = join(emptyFolder(), "inlet.env");
  writeFileSync(file, "# a comment\nINLET_TEST_SET=file\nINLET_TEST_FREE='from the file'\n");
  process.env.INLET_TEST_SET = "environment";
  loadEnvFile(file);
  expect([process.env.INLET_TEST_SET, process.env.INLET_TEST_FREE]).toEqual(["environment", "from the file"]);
  const missing = join(emptyFolder(), "missing.env");
  expect(() => loadEnvFile(missing)).toThrow(UsageError);
  expect(() => loadEnvFile(missing)).toThrow(`--env-file ${missing}`);
});
