/** Faults of the environment: all at once, each with its variable, what that holds and may hold, and no secret. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { readConfig, readForgivingConfig } from "../../src/config/config.ts";
import type { Environment } from "../../src/config/reader.ts";
import { UsageError } from "../../src/errors.ts";

const KEY = "shjLimw+wwiduvuPTpUDhXwlES8VlwOAOlsKfMlfNDc=";
const OTHER_KEY = "eu2zvPjhY6odxV34Z/EsRiERvTodkev4Fq0SlK90Izg=";

/** The lines of what is wrong with it; none when nothing is. */
function faults(env: Environment): string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.message.split("\n");
  }
}

const WRONG: Environment = {
  DATABASE_URL: "postgres://h",
  TELNYX_PUBLIC_KEY: "abc",
  PORT: "65536",
  PUBLIC_URL: "https://sms.example.com/?a=b",
  CORS_ORIGINS: "https://app.example.com/",
  TRUST_PROXY: "10.0.0.0/33",
  STREAM_HEARTBEAT_SECONDS: "0",
  STREAM_MAX_SECONDS: "soon",
  MAX_STREAMS_PER_KEY: "0",
  MAX_STREAMS: "1.5",
  RETENTION_DAYS: "-1",
  SHUTDOWN_SECONDS: "1e3",
  LOG_LEVEL: "loud",
  LOG_FORMAT: "xml",
  TELNYX_BASE_URL: "ftp://api.telnyx.com/v2",
  BACKFILL_MINUTES: "-1",
};

/** What each may hold, in the words that its fault must have. */
const ALLOWED: Environment = {
  DATABASE_URL: "file:PATH, libsql://HOST",
  TELNYX_PUBLIC_KEY: "base64 of 32 bytes",
  PORT: "a whole number from 0 to 65535",
  PUBLIC_URL: "https://HOST[:PORT][/PATH], without a user, a query or a fragment",
  CORS_ORIGINS: "scheme, host in lower case, and the port unless it is the scheme's own",
  TRUST_PROXY: "the address of a proxy or a CIDR range",
  STREAM_HEARTBEAT_SECONDS: "a number of seconds from 0.05 to 120",
  STREAM_MAX_SECONDS: "a number of seconds from 0.1 to 86400",
  MAX_STREAMS_PER_KEY: "a whole number from 1 to 1000000",
  MAX_STREAMS: "a whole number from 1 to 1000000",
  RETENTION_DAYS: "a number from 0 to 36500",
  SHUTDOWN_SECONDS: "a number of seconds from 0 to 3600",
  LOG_LEVEL: "trace, debug, info, warning, error, fatal",
  LOG_FORMAT: "json, pretty",
  TELNYX_BASE_URL: "http(s)://HOST[:PORT]/v2",
  BACKFILL_MINUTES: "a number from 0 to 10080",
};

test("all faults come at once, and each names its variable, what it holds and what it may hold", () => {
  const lines = faults(WRONG);
  expect(lines).toHaveLength(Object.keys(WRONG).length);
  for (const [name, value] of Object.entries(WRONG)) {
    const line = lines.find((line) => line.startsWith(`${name} `)) ?? "";
    expect(line).toContain(ALLOWED[name] ?? "nothing is known of it");
    // A URL may hold a password, so it is the one that is not repeated.
    if (name !== "DATABASE_URL") expect(line).toContain(`holds ${JSON.stringify(value)}`);
  }
});

test("a value that is not a plain decimal number is refused", () => {
  for (const port of [
    "-1",
    "+1",
    "1.5",
    "1e3",
    "0x50",
    "80,80",
    "8 0",
    "NaN",
    "Infinity",
    "٣",
    "9".repeat(20),
    "true",
  ])
    expect(faults({ PORT: port }), port).toHaveLength(1);
  for (const seconds of ["-1", ".5", "1.", "1,5", "30s", "Infinity", "121"])
    expect(faults({ STREAM_HEARTBEAT_SECONDS: seconds }), seconds).toHaveLength(1);
});

test("each key of several is judged, and the faulty one named", () => {
  for (const key of [
    "abc",
    KEY.slice(0, -1),
    KEY.slice(1),
    `${KEY}=`,
    KEY.replace("+", "-"),
    `x${KEY}`,
    `${KEY} ${OTHER_KEY}`,
  ]) {
    const lines = faults({ TELNYX_PUBLIC_KEY: `${OTHER_KEY},${key}` });
    expect(lines).toEqual([expect.stringContaining(`TELNYX_PUBLIC_KEY holds ${JSON.stringify(key)}`)]);
  }
});

test("where no variable may stop anything, those that are wrong are warned about and left out", () => {
  const { warnings, ...forgiven } = readForgivingConfig({
    ...WRONG,
    HOST: "my host",
    TLS_CERT: "/none",
    TLS_KEY: "/none",
  });
  const { warnings: none, ...defaults } = readConfig({});
  expect(none).toEqual([]);
  expect(warnings).toHaveLength(Object.keys(WRONG).length + 3);
  expect({ ...forgiven, database: null }).toEqual({ ...defaults, database: null });
});

test.each([
  "https://user@h", "https://user:word@h", "h", "//h", "ftp://h", "https://", "https://h#", "https://h/?", "https:/h",
  "https://h\\x", "https://h:99999", "javascript:alert(1)",
])("PUBLIC_URL %s is refused, and no password in it shown", (url) => {
  const lines = faults({ PUBLIC_URL: url });
  expect(lines).toEqual([expect.stringContaining("PUBLIC_URL holds ")]);
  expect(lines.join()).not.toContain("word");
}); // biome-ignore format: a list

test.each([
  "https://a.com/x", "https://A.com", "https://a.com:443", "a.com", "null", "https://*.a.com", "https://u@a.com",
  "ws://a.com", "https://", "https://a.com?",
])("%s is no origin as a browser sends it", (origin) => {
  const lines = faults({ CORS_ORIGINS: `https://good.example.com,${origin}` });
  expect(lines).toEqual([expect.stringContaining(`CORS_ORIGINS holds ${JSON.stringify(origin)}`)]);
}); // biome-ignore format: a list

test("every origin at once is refused with the reason", () => {
  expect(faults({ CORS_ORIGINS: "*" }).join()).toContain("every page on the web");
});

test.each([
  "10.0.0.0/33",
  "::1/129",
  "1",
  "10.1",
  "0x7f.0.0.1",
  "proxy.local",
  "10.0.0.0/",
  "10.0.0.0/8/8",
  "all",
])("%s is nobody whose X-Forwarded-For could be believed", (proxy) => {
  expect(faults({ TRUST_PROXY: `127.0.0.1,${proxy}` })).toEqual([
    expect.stringContaining(`TRUST_PROXY holds ${JSON.stringify(proxy)}`),
  ]);
});

test("lists have an end", () => {
  const many = (entry: string) => Array(101).fill(entry).join();
  const lines = faults({ CORS_ORIGINS: many("https://a.com"), TRUST_PROXY: many("::1") });
  expect(lines).toEqual([
    "CORS_ORIGINS holds 101 entries; it may hold at most 100",
    "TRUST_PROXY holds 101 entries; it may hold at most 100",
  ]);
});

test.each(["KEY\nX", "KEY 1", "KEY–1", "KÉY", "\u0000KEY", "x".repeat(513)])(
  "the API key %j, which no header can carry, is refused without being shown",
  (key) => {
    const lines = faults({ TELNYX_API_KEY: key });
    expect(lines).toEqual([expect.stringContaining("TELNYX_API_KEY holds what is not")]);
    expect(lines.join()).not.toContain(key);
  },
);

test("Telnyx is where its URL says, and how often it is asked may be a fraction", () => {
  expect(readConfig({})).toMatchObject({ telnyxApi: null, backfillMs: 600_000 });
  const env = { TELNYX_API_KEY: " KEY1 ", BACKFILL_MINUTES: "0.05" };
  expect(readConfig(env)).toMatchObject({
    telnyxApi: { apiKey: "KEY1", baseUrl: "https://api.telnyx.com/v2", through: "" },
    backfillMs: 3_000,
  });
  const own = readConfig({ ...env, TELNYX_BASE_URL: "http://127.0.0.1:4010/v2/", BACKFILL_MINUTES: "0" });
  expect(own).toMatchObject({ telnyxApi: { baseUrl: "http://127.0.0.1:4010/v2" }, backfillMs: 0 });
  for (const url of ["https://u:word@h/v2", "h/v2", "https://h/v2?key=word", "https://h/v2#word", "word"]) {
    expect(faults({ TELNYX_BASE_URL: url })).toEqual([expect.stringContaining("TELNYX_BASE_URL holds ")]);
  }
  expect(faults({ TELNYX_BASE_URL: "https://u:word@h/v2" }).join()).not.toContain("word");
});

test.each([
  "h", "http://h", "nats://", "nats://h/x", "nats://h?x", "nats://h:99999", "nats://a,tls://b", "nats://u:word@a,nats://b",
  "nats://h h", "nats://u:word@h#x",
])("NATS_URL %s is refused, and no password in it shown", (url) => {
  const lines = faults({ NATS_URL: url });
  expect(lines).toEqual([expect.stringContaining("NATS_URL holds ")]);
  expect(lines.join()).not.toContain("word");
}); // biome-ignore format: a list

test("NATS is reached as its address says, with what stands before the @", () => {
  const none = { user: null, password: null, token: null, credentials: null, ca: null };
  const natsOf = (url: string) => readConfig({ NATS_URL: url }).nats;
  expect(natsOf("nats://h")).toEqual({ ...none, servers: ["h:4222"], isEncrypted: false });
  expect(natsOf("TLS://h:80")).toEqual({ ...none, servers: ["h:80"], isEncrypted: true });
  expect(natsOf("nats://[::1]:1")).toEqual({ ...none, servers: ["[::1]:1"], isEncrypted: false });
  expect(natsOf("nats://a%2Fb@h")).toMatchObject({ token: "a/b", user: null });
  expect(natsOf("nats://u:a%2Fb@h")).toMatchObject({ token: null, user: "u", password: "a/b" });
});

test("no secret is ever shown, whatever else is wrong", () => {
  const secret = fc.stringMatching(/^[a-z]{12,30}$/);
  const wrong = fc.subarray(Object.entries(WRONG)).map((entries) => Object.fromEntries(entries));
  const scheme = fc.constantFrom("libsql", "postgres", "https", "file");
  fc.assert(
    fc.property(secret, wrong, scheme, (secret, wrong, scheme) => {
      const env = {
        ...wrong,
        DATABASE_URL: `${scheme}://user:${secret}@h?authToken=${secret}`,
        DATABASE_AUTH_TOKEN: secret,
        TELNYX_API_KEY: `${secret} ${secret}`,
        TELNYX_BASE_URL: `https://user:${secret}@h`,
        NATS_URL: `nats://user:${secret}@h?`,
        NATS_CREDS: `-----BEGIN NATS USER JWT-----${secret}`,
      };
      expect(faults(env).join("\n")).not.toContain(secret);
    }),
  );
});
