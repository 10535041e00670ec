/** The address from which a request comes, behind the trusted proxies, in the form that limits count by. */
import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;
export type Network = readonly [address: Address, bits: number];

/** The most proxies between a client and us. To read an entry takes 10 µs, and a header has room for thousands. */
const MAX_HOPS = 32;
/** No address is longer, with zone and port. The library's patterns are not made for longer texts. */
const MAX_ADDRESS_LENGTH = 100;

/** The owner of an IPv6 address owns all of its /64. */
const IPV6_BITS = 64;
/** Of an address that is shown: of IPv6 what a provider gives to one customer. */
const SHOWN_IPV4_BITS = 24;
const SHOWN_IPV6_BITS = 48;

/** An address, or a range of them such as `10.0.0.0/8`; null when the text is neither. */
export function parseNetwork(text: string): Network | null {
  const [, start = "", bits] = /^([^/]*)(?:\/([0-9]{1,3}))?$/.exec(text) ?? [];
  const address = parseAddress(start);
  if (!address) return null;
  const most = address.kind() === "ipv4" ? 32 : 128;
  const length = bits === undefined ? most : Number(bits);
  return length <= most ? [address, length] : null;
}

/**
 * The first address that is not a trusted proxy: the connection's peer, then the entries of `X-Forwarded-For` from the
 * right. What stands left of that address was written by somebody who is not trusted. An entry that cannot be read ends
 * the search at the proxy that wrote it, and so do too many proxies. Linear but for a bounded part.
 */
export function clientAddress(peer: string, forwarded: string | null, trusted: readonly Network[]): string {
  let address = parseAddress(peer);
  if (!address) return peer;
  const entries = forwarded === null || trusted.length === 0 ? [] : forwarded.split(",").slice(-MAX_HOPS);
  while (entries.length > 0 && isTrusted(address, trusted)) {
    const next = parseAddress(withoutPort(entries.pop()?.trim() ?? ""));
    if (!next) break;
    address = next;
  }
  return address.toString();
}

/** The address itself, or the /64 of an IPv6 address: whoever owns many addresses has no more guesses than others. */
export function limitedBy(text: string): string {
  const address = parseAddress(text);
  if (address?.kind() !== "ipv6") return text;
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${address}/${IPV6_BITS}`)}/${IPV6_BITS}`;
}

const PRIVATE = new Set(["private", "loopback", "linkLocal", "uniqueLocal", "carrierGradeNat"]);

/** Whether a URL's host is this machine, or an address of a private network. Names are not resolved. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/\.$/, "").toLowerCase();
  if (host === "localhost" || host.endsWith(".localhost")) return true; // RFC 6761, section 6.3
  const address = parseAddress(host.replace(/^\[(.*)\]$/, "$1"));
  return address !== null && PRIVATE.has(address.range());
}

/** The network that an address is in, as an operator may be shown it: which machine of it is nobody's business. */
export function maskedAddress(text: string): string | null {
  const address = parseAddress(text);
  if (!address) return null;
  return address.kind() === "ipv4"
    ? `${ipaddr.IPv4.networkAddressFromCIDR(`${address}/${SHOWN_IPV4_BITS}`)}/${SHOWN_IPV4_BITS}`
    : `${ipaddr.IPv6.networkAddressFromCIDR(`${address}/${SHOWN_IPV6_BITS}`)}/${SHOWN_IPV6_BITS}`;
}

/** Accepts only the usual forms: four decimal parts, or IPv6. An IPv4 address that is mapped into IPv6 becomes IPv4. */
function parseAddress(text: string): Address | null {
  if (text.length > MAX_ADDRESS_LENGTH) return null;
  const bare = text.split("%", 1)[0] ?? ""; // without the zone of a link-local address
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipaddr.IPv4.parse(bare);
  return ipaddr.IPv6.isValid(bare) ? ipaddr.process(bare) : null;
}

/** Some proxies write `192.0.2.1:4711` and `[2001:db8::1]:4711`. */
function withoutPort(text: string): string {
  const [, v6, v4] = /^(?:\[([^\]]*)\](?::\d+)?|([^:]*):\d+)$/.exec(text) ?? [];
  return v6 ?? v4 ?? text;
}

function isTrusted(address: Address, trusted: readonly Network[]): boolean {
  return trusted.some(
    ([network, bits]) =>
      network.kind() === address.kind() && address.match(network as ipaddr.IPv4 & ipaddr.IPv6, bits),
  );
}
