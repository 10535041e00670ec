/** How the server listens, and what is said when it cannot. */
import { causeCode, Refusal } from "../errors.ts";

/** Where to listen, and with which certificate. */
export interface ListenConfig {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly cert: string; readonly key: string } | null;
}

/** A connection that is no stream may be quiet for this long, in seconds. */
const IDLE_SECONDS = 30;

export function listenOptions(config: ListenConfig, sharesPort: boolean) {
  return {
    hostname: config.host,
    port: config.port,
    // Elysia's own default is true: a second process would share the port in silence, and take half the traffic.
    reusePort: sharesPort,
    idleTimeout: IDLE_SECONDS,
    development: false,
    // More streams than six in one browser need HTTP/2, and browsers speak that with TLS only.
    ...(config.tls ? { tls: { cert: config.tls.cert, key: config.tls.key }, http2: true } : {}),
    // The routes bound their bodies themselves, with the contract's envelope; the runtime's 413 has none.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
  };
}

export function cannotListen({ host, port }: ListenConfig, error: unknown): Refusal {
  const code = causeCode(error);
  const why =
    code === "EADDRINUSE"
      ? "is in use: stop what listens there, or set PORT (0 takes a free one)"
      : `cannot be had (${code ?? String(error)})`;
  return new Refusal(`${host}:${port} ${why}`, { cause: error });
}
