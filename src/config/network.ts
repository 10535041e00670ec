/** Where the service listens, how it is reached, and whom it believes about that. */
import { parseNetwork } from "../http/address.ts";
import type { Reader } from "./reader.ts";
import { readTls, type TlsConfig } from "./tls.ts";

export interface NetworkConfig {
  readonly host: string;
  readonly port: number;
  /** Null serves HTTP without encryption. */
  readonly tls: TlsConfig | null;
  /** What links start with, without a slash at its end; null when nobody said. */
  readonly publicUrl: string | null;
  /** Each as a browser's `Origin` has it. */
  readonly corsOrigins: readonly string[];
  /** Addresses and CIDR ranges. */
  readonly trustProxy: readonly string[];
}

/** Longer lists are mistakes: each preflight and each stranger is held against them. */
const MAX_ENTRIES = 100;

export function readNetwork(read: Reader): NetworkConfig {
  const [publicUrl, corsOrigins] = [readPublicUrl(read), readOrigins(read)];
  if (corsOrigins.length > 0 && publicUrl === null)
    read.warn(
      "CORS_ORIGINS",
      "is set and PUBLIC_URL is not: the url of a ticket is a path then, which a page of another origin takes for its own server's",
    );
  return {
    host: readHost(read),
    port: readPort(read),
    tls: readTls(read, Date.now()),
    publicUrl,
    corsOrigins,
    trustProxy: readProxies(read),
  };
}

export function readPort(read: Reader): number {
  return read.integer("PORT", 3000, 0, 65_535);
}

/** Where nobody else than this machine gets in. */
export const LOOPBACK_HOST = "127.0.0.1";

export function readHost(read: Reader): string {
  const host = read.text("HOST") ?? LOOPBACK_HOST;
  if (/^[A-Za-z0-9.:_-]{1,253}$/.test(host)) return host;
  read.fault(
    "HOST",
    `holds ${JSON.stringify(host)}; it may be an address or a name of this machine, such as 127.0.0.1`,
  );
  return LOOPBACK_HOST;
}

export function readPublicUrl(read: Reader): string | null {
  const text = read.text("PUBLIC_URL");
  if (text === null) return null;
  const url = URL.parse(text);
  if (url && /^https?:\/\/[^/?#@\s\\]+(\/[^?#@\s\\]*)?$/i.test(text))
    return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
  // What has an @ may have a password.
  const shown = text.includes("@") ? "holds what" : `holds ${JSON.stringify(text)}, which`;
  read.fault(
    "PUBLIC_URL",
    `${shown} is not of the form https://HOST[:PORT][/PATH], without a user, a query or a fragment`,
  );
  return null;
}

function readOrigins(read: Reader): string[] {
  const origins = read.list("CORS_ORIGINS");
  if (origins.length > MAX_ENTRIES) read.fault("CORS_ORIGINS", tooMany(origins));
  for (const origin of origins) {
    if (origin === "*") {
      read.fault(
        "CORS_ORIGINS",
        'holds "*", which would let every page on the web read answers; it may be the origins of your own pages, one by one',
      );
    } else if (!isOrigin(origin)) {
      read.fault(
        "CORS_ORIGINS",
        `holds ${JSON.stringify(origin)}; each origin, comma-separated, is written as a browser sends it: scheme, host in lower case, and the port unless it is the scheme's own, such as https://app.example.com`,
      );
    }
  }
  return [...new Set(origins.filter(isOrigin))];
}

function isOrigin(text: string): boolean {
  return /^https?:\/\/[^*]+$/.test(text) && URL.parse(text)?.origin === text;
}

function readProxies(read: Reader): string[] {
  const proxies = read.list("TRUST_PROXY");
  if (proxies.length > MAX_ENTRIES) read.fault("TRUST_PROXY", tooMany(proxies));
  for (const proxy of proxies) {
    if (parseNetwork(proxy)) continue;
    read.fault(
      "TRUST_PROXY",
      `holds ${JSON.stringify(proxy)}; each, comma-separated, is the address of a proxy or a CIDR range of such, as in 127.0.0.1,10.0.0.0/8,fd00::/8`,
    );
  }
  return proxies.filter(parseNetwork);
}

function tooMany(entries: readonly string[]): string {
  return `holds ${entries.length} entries; it may hold at most ${MAX_ENTRIES}`;
}

/** Where a server of this configuration is found. */
export function serverUrlOf({ host, port, tls }: NetworkConfig): string {
  return urlOfServer(tls ? "https" : "http", host, port);
}

export function urlOfServer(scheme: string, host: string, port: number): string {
  return reachableUrl(`${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`);
}

/** Where a server that listens at `url` can be reached from this machine. */
export function reachableUrl(url: string): string {
  return url.replace(/\/\/(0\.0\.0\.0|\[::\])(?=:|$)/, "//127.0.0.1");
}
