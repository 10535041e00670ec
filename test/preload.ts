/** Before any test: the environment of whoever runs them must not reach the services under test. */
import { afterAll } from "bun:test";
import { stopEverything } from "./harness/cleanup.ts";

const OURS =
  /^(DATABASE_|TELNYX_|NATS_|HOST$|PORT$|TLS_|PUBLIC_URL$|STREAM_|MAX_STREAMS|RETENTION_|MEDIA|BACKFILL_|CORS_|TRUST_PROXY$|METRICS_|OTEL_|LOG_|SHUTDOWN_|INLET_)/;
for (const name of Object.keys(process.env)) if (OURS.test(name)) delete process.env[name];

/** Services have their drains, and sqld its time. */
const CLEANUP_MS = 60_000;

afterAll(stopEverything, CLEANUP_MS);
