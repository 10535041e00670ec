/** Every variable that Inlet reads, in the order of the manual: what is not here cannot be read. */

export const GROUPS = [
  "Where it listens",
  "Database",
  "Telnyx",
  "Pictures",
  "Streams",
  "Behind a proxy, and in browsers",
  "Running it",
  "Commands",
] as const;

export interface Variable {
  readonly group: (typeof GROUPS)[number];
  /** One or two sentences, in Markdown. */
  readonly what: string;
  /** Where the reading of it does not say. */
  readonly fallback?: string;
  /** For the file to start from, where there is no default. */
  readonly example?: string;
}

export const VARIABLES = {
  HOST: {
    group: "Where it listens",
    what: "The address to listen on. `0.0.0.0` is every address of this machine: only behind a firewall, or with TLS.",
    fallback: "127.0.0.1",
  },
  PORT: { group: "Where it listens", what: "The port. `0` takes a free one and logs it." },
  TLS_CERT: {
    group: "Where it listens",
    what: "The path of a PEM file, the certificate and those between it and its root: serve HTTPS and HTTP/2. It is read at the start: to renew it, start a second process with `serve --share-port` and stop the first.",
    example: "/etc/inlet/fullchain.pem",
  },
  TLS_KEY: {
    group: "Where it listens",
    what: "The path of a PEM file, the certificate's key, without a passphrase.",
    example: "/etc/inlet/privkey.pem",
  },
  DATABASE_URL: {
    group: "Database",
    what: "Where messages are kept: `file:…`, `libsql://…`, `https://…` or `http://…`.",
    fallback: "file:inlet.db",
  },
  DATABASE_AUTH_TOKEN: { group: "Database", what: "The token of a remote database." },
  RETENTION_DAYS: {
    group: "Database",
    what: "How long messages are kept, by the time they were stored; fractions allowed. `0` keeps them for ever.",
  },
  NATS_URL: {
    group: "Database",
    what: "A NATS server by which processes on other machines are woken at once; without it they look. `nats://` or `tls://`, several separated by commas, credentials before `@`.",
    example: "nats://10.0.0.5:4222",
  },
  NATS_CREDS: {
    group: "Database",
    what: "The path of a file with NATS credentials, or with the seed of an nkey.",
    example: "/etc/inlet/nats.creds",
  },
  NATS_CA: {
    group: "Database",
    what: "The path of a PEM file: certificates that are trusted for NATS besides the system's.",
    example: "/etc/inlet/nats-ca.pem",
  },
  TELNYX_PUBLIC_KEY: {
    group: "Telnyx",
    what: "Verifies webhooks; the portal shows it under _Keys & Credentials → Public key_. Without it webhooks are answered 503. Several, comma-separated, while you rotate.",
  },
  TELNYX_API_KEY: {
    group: "Telnyx",
    what: "For recovery and the `telnyx` commands: without it Telnyx is never asked. The portal makes one under _Keys & Credentials → API Keys_.",
  },
  TELNYX_BASE_URL: {
    group: "Telnyx",
    what: "Where Telnyx's API is.",
    fallback: "https://api.telnyx.com/v2",
  },
  BACKFILL_MINUTES: {
    group: "Telnyx",
    what: "How often missed webhooks are looked for, when there is an API key; fractions allowed. `0` never.",
  },
  MEDIA: {
    group: "Pictures",
    what: "`store` keeps the files of an MMS here; with `link` a message has Telnyx's links, which end after 30 days at the latest.",
  },
  MEDIA_MAX_BYTES: { group: "Pictures", what: "The most that one file may have, unpacked." },
  MEDIA_HOSTS: {
    group: "Pictures",
    what: "Hosts that may be asked for files besides Telnyx's, without the API key; comma-separated, `*.` before a name stands for all below it.",
    example: "media.example.com",
  },
  MEDIA_DIR: {
    group: "Pictures",
    what: "The folder of the files, of this database alone. Without it they lie beside the database file, in a folder of its name and `.media`. A remote database needs it; several machines share one.",
    example: "/var/lib/inlet/media",
  },
  STREAM_HEARTBEAT_SECONDS: {
    group: "Streams",
    what: "How often a stream sends a heartbeat; fractions allowed.",
  },
  STREAM_MAX_SECONDS: {
    group: "Streams",
    what: "How long a stream lives before its client comes back; fractions allowed.",
  },
  MAX_STREAMS_PER_KEY: {
    group: "Streams",
    what: "Open streams of one key, in each process. A key may open as many a second as it may hold, five times that at once.",
  },
  MAX_STREAMS: { group: "Streams", what: "Open streams in each process." },
  PUBLIC_URL: {
    group: "Behind a proxy, and in browsers",
    what: "What links and a ticket's `url` start with, and where Telnyx reaches the webhook. It is never made from the `Host` header.",
    example: "https://sms.example.com",
  },
  CORS_ORIGINS: {
    group: "Behind a proxy, and in browsers",
    what: "Pages of these origins may use the API from a browser; comma-separated, exact, no `*`.",
    example: "https://app.example.com",
  },
  TRUST_PROXY: {
    group: "Behind a proxy, and in browsers",
    what: "Addresses and CIDR ranges whose `X-Forwarded-For` is believed. Set it behind any proxy.",
    example: "127.0.0.1",
  },
  LOG_LEVEL: { group: "Running it", what: "What is logged: this, and all that is worse." },
  LOG_FORMAT: {
    group: "Running it",
    what: "Lines of JSON for programs, or pretty ones for people. Without it they are pretty on a terminal.",
    fallback: "json",
  },
  METRICS_TOKEN: {
    group: "Running it",
    what: "Whoever shows it as `Authorization: Bearer …` may read `GET /metrics`. Without it there is no such address.",
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    group: "Running it",
    what: "A collector to which traces are sent, as OTLP over HTTP in JSON, at `/v1/traces` below it. Without it there are none.",
    example: "http://127.0.0.1:4318",
  },
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: {
    group: "Running it",
    what: "The same, with its whole path.",
  },
  OTEL_EXPORTER_OTLP_HEADERS: {
    group: "Running it",
    what: "What is sent with each batch of traces: `name=value,name=value`.",
  },
  OTEL_EXPORTER_OTLP_PROTOCOL: {
    group: "Running it",
    what: "`http/json` is what is sent, whatever else of HTTP is asked for; with `grpc` nothing is.",
    fallback: "http/json",
  },
  OTEL_TRACES_EXPORTER: { group: "Running it", what: "`otlp`, or `none`.", fallback: "otlp" },
  OTEL_TRACES_SAMPLER: {
    group: "Running it",
    what: "Which traces are recorded: `always_on`, `always_off`, `traceidratio`, or one of these with `parentbased_` before it.",
    fallback: "parentbased_always_on",
  },
  OTEL_TRACES_SAMPLER_ARG: { group: "Running it", what: "The part of them, from 0 to 1, for a ratio." },
  OTEL_SERVICE_NAME: {
    group: "Running it",
    what: "What this service is called in traces.",
    fallback: "inlet",
  },
  OTEL_RESOURCE_ATTRIBUTES: {
    group: "Running it",
    what: "What else is said of this process in traces: `name=value,name=value`.",
  },
  OTEL_SDK_DISABLED: { group: "Running it", what: "`true`: no traces, whatever else is set." },
  SHUTDOWN_SECONDS: { group: "Running it", what: "How long a drain may take." },
  INLET_KEY: {
    group: "Commands",
    what: "The API key that `inlet tail` follows a stream with.",
  },
} as const satisfies Readonly<Record<string, Variable>>;

export type VariableName = keyof typeof VARIABLES;
