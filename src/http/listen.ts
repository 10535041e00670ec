/** Makes the server listen, or says why it cannot. */
import { CommandError, errorCode, UsageError } from "../errors.ts";

/** Where to listen, and with which certificate. */
export interface ListenConfig {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly cert: string; readonly key: string } | null;
}

/**
 * A connection that is no stream may be quiet for this long, in seconds: longer than the 60 for which nginx and most
 * balancers keep theirs, or now and then a request of theirs would meet one that is just closing.
 */
const IDLE_SECONDS = 75;

/** The greatest value of the runtime. */
const MAX_IDLE_SECONDS = 255;

/** How long a stream's socket may take nothing before the runtime cuts it: longer than the stream itself waits. */
export function streamIdleSeconds(heartbeatMs: number): number {
  return Math.min(MAX_IDLE_SECONDS, Math.ceil((3 * heartbeatMs) / 1000) + 8);
}

export type ListenOptions = ReturnType<typeof listenOptions>;

export function listenOptions(config: ListenConfig, sharesPort: boolean) {
  return {
    hostname: config.host,
    port: config.port,
    // Otherwise a second process would silently share the port, and take half the traffic.
    reusePort: sharesPort,
    idleTimeout: IDLE_SECONDS,
    development: false,
    // More streams than six in one browser need HTTP/2, and browsers speak that with TLS only.
    ...(config.tls ? { tls: { cert: config.tls.cert, key: config.tls.key }, http2: true } : {}),
    // The routes bound their bodies themselves, and answer with the contract's envelope; the runtime's 413 has none.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
  };
}

/**
 * {@link CommandError} when another process has the port, {@link UsageError} when HOST is no address of this machine, and an
 * error that is one already.
 */
export function cannotListen({ host, port }: ListenConfig, error: unknown): CommandError | UsageError {
  if (error instanceof CommandError) return error;
  const code = errorCode(error) ?? String(error);
  const cause = { cause: error };
  if (code === "EADDRINUSE")
    return new CommandError(
      `${host}:${port} is in use: stop what listens there, or set PORT (0 takes a free one)`,
      cause,
    );
  if (code === "EACCES")
    return new CommandError(`may not listen on port ${port} (EACCES): set PORT to one above 1023`, cause);
  return new UsageError(
    `HOST holds ${JSON.stringify(host)}, which is no address or name of this machine (${code}): unset it to listen on 127.0.0.1, or set it to an address such as 0.0.0.0`,
    cause,
  );
}
