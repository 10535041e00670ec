/** A connection to NATS. Its client is loaded when there is one to be made. */
import type { NatsConnection } from "@nats-io/transport-node";
import type { NatsConfig } from "../config/nats.ts";

const TIMEOUT_MS = 2_000;
const RECONNECT_MS = 500;
const JITTER_MS = 250;
/** The seed of an nkey, where a file holds nothing else. */
const SEED = /^\s*(SU[A-Z2-7]{50,60})\s*$/;

/** Reconnects by itself, for ever. Throws what the client throws: no server, or none that takes us. */
export async function connectNats(config: NatsConfig, timeoutMs = TIMEOUT_MS): Promise<NatsConnection> {
  const { connect } = await import("@nats-io/transport-node");
  const { servers, user, password, token, credentials } = config;
  return connect({
    servers: [...servers],
    name: "inlet",
    timeout: timeoutMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_MS,
    reconnectJitter: JITTER_MS,
    reconnectJitterTLS: JITTER_MS,
    ignoreAuthErrorAbort: true,
    ...(user === null ? {} : { user, pass: password ?? "" }),
    ...(token === null ? {} : { token }),
    ...(credentials === null ? {} : { authenticator: await authenticator(credentials) }),
    ...(config.isEncrypted ? { tls: config.ca === null ? {} : { ca: config.ca } } : {}),
  });
}

async function authenticator(credentials: string) {
  const { credsAuthenticator, nkeyAuthenticator } = await import("@nats-io/transport-node");
  const seed = SEED.exec(credentials)?.[1];
  const bytes = new TextEncoder().encode(seed ?? credentials);
  return seed === undefined ? credsAuthenticator(bytes) : nkeyAuthenticator(bytes);
}
