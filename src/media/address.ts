/** Which addresses are public: a link that strangers send must lead nowhere else. */
import ipaddr from "ipaddr.js";

/** No address is longer. */
const MAX_LENGTH = 45;
/** RFC 4291, section 2.4: what is given out to networks. Outside of it are forms that have an IPv4 address within. */
const GLOBAL_UNICAST = ipaddr.IPv6.parse("2000::");

/**
 * Whether this, an address as a resolver writes it, belongs to the public internet. One that is an IPv4 address in
 * IPv6's clothes is judged as that; what cannot be read is not public.
 */
export function isPublicAddress(text: string): boolean {
  if (text.length > MAX_LENGTH || !(ipaddr.IPv4.isValidFourPartDecimal(text) || text.includes(":")))
    return false;
  if (!ipaddr.isValid(text) || text.includes("%")) return false;
  const address = ipaddr.process(text);
  if (address.range() !== "unicast") return false;
  return address.kind() === "ipv4" || (address as ipaddr.IPv6).match(GLOBAL_UNICAST, 3);
}
