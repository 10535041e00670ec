/** Which proxy the runtime sends this process's own requests through, by the variables that it goes by. */
import ipaddr from "ipaddr.js";
import { parseNetwork } from "../http/address.ts";
import type { Environment } from "./reader.ts";

/** A proxy would be shown the keys and tokens that never need to leave this machine. */
const LOOPBACK = ["localhost", ".localhost", "127.0.0.0/8", "::1"];

/** The variables that keep requests to this machine away from a proxy; none without one. */
export function withDirectLoopback(env: Environment): Readonly<Record<string, string>> {
  const proxies = ["http", "https", "all"].map((scheme) => variable(env, `${scheme}_proxy`));
  if (proxies.every((proxy) => proxy === "")) return {};
  const direct = [...exceptions(env), ...LOOPBACK].join();
  return { no_proxy: direct, NO_PROXY: direct };
}

/** The proxy for requests to this address, without its name and password; null when they go directly. */
export function proxyFor(url: string, env: Environment): string | null {
  const target = URL.parse(url.replace(/^libsql:/i, "https:"));
  if (!target) return null;
  const own = variable(env, target.protocol === "https:" ? "https_proxy" : "http_proxy");
  const proxy = own || variable(env, "all_proxy");
  if (proxy === "" || isDirect(target, [...exceptions(env), ...LOOPBACK])) return null;
  const { protocol, host } = URL.parse(proxy.includes("://") ? proxy : `http://${proxy}`) ?? {};
  return host ? `${protocol}//${host}` : "that its variable names";
}

/** ` through the proxy …`, for a sentence about requests to this address; nothing when they go directly. */
export function throughProxyOf(url: string, env: Environment): string {
  const proxy = proxyFor(url, env);
  return proxy === null ? "" : ` through the proxy ${proxy}`;
}

/** In small letters it wins, as in other programs. */
function variable(env: Environment, name: string): string {
  return env[name]?.trim() || env[name.toUpperCase()]?.trim() || "";
}

function exceptions(env: Environment): string[] {
  const both = `${env.no_proxy ?? ""},${env.NO_PROXY ?? ""}`.split(",").map((entry) => entry.trim());
  return [...new Set(both.filter(Boolean))];
}

function isDirect({ hostname, host }: URL, entries: readonly string[]): boolean {
  const name = hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const address = ipaddr.isValid(name) ? ipaddr.process(name) : null;
  return entries.some((entry) => {
    if (entry === "*" || entry === host) return true;
    const [network, bits] = parseNetwork(entry) ?? [];
    if (address && network && bits !== undefined)
      return address.kind() === network.kind() && address.match(network as ipaddr.IPv4 & ipaddr.IPv6, bits);
    const suffix = entry.toLowerCase().replace(/^\./, "");
    return name === suffix || name.endsWith(`.${suffix}`);
  });
}
