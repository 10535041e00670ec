/**
 * Who may be asked for a picture: two lists, because the API key opens buckets of anybody's at Telnyx's own storage. A
 * link is judged at each hop anew, first as it is written and then by the addresses that its host has.
 */
import { isIP } from "node:net";
import { isPrivateHost } from "../http/address.ts";
import { isPublicAddress } from "./address.ts";
import { Refusal } from "./refusal.ts";

/** No link is longer: what is would not fit into a request's first line everywhere. */
const MAX_LINK_LENGTH = 8_192;

/** May see the API key. */
const TELNYX = ["telnyx.com", "*.telnyx.com"];
/** Holds any customer's files, and takes the API key as its own: never with it. */
const STORAGE = ["*.telnyxcloudstorage.com", "*.telnyxstorage.com"];

/** Every address that a name has. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export interface Target {
  readonly url: URL;
  readonly host: string;
  readonly mayHaveKey: boolean;
  /** What to connect to; null for Telnyx's own origin as the operator named it, which is not judged. */
  readonly address: string | null;
}

export class Targets {
  readonly #ownOrigin: string | null;
  readonly #hosts: readonly string[];
  readonly #resolve: Resolve;

  /** `ownOrigin`: that of TELNYX_BASE_URL, where it is set. `hosts`: further ones, `*.` before a name stands for all below it. */
  constructor(ownOrigin: string | null, hosts: readonly string[], resolve: Resolve) {
    this.#ownOrigin = ownOrigin;
    this.#hosts = [...TELNYX, ...STORAGE, ...hosts];
    this.#resolve = resolve;
  }

  /** Throws {@link Refusal}. `base`: where a redirect came from. */
  async judge(link: string, base?: URL): Promise<Target> {
    const url = linkOf(link, base);
    const host = url.hostname.replace(/\.$/, "");
    if (url.origin === this.#ownOrigin) return { url, host, mayHaveKey: true, address: null };
    judgeAsWritten(url, host);
    if (!isOn(this.#hosts, host)) throw new Refusal("host_not_allowed", "the host is on no list", { host });
    return { url, host, mayHaveKey: isOn(TELNYX, host), address: await this.#addressOf(host) };
  }

  async #addressOf(host: string): Promise<string> {
    let addresses: readonly string[];
    try {
      addresses = await this.#resolve(host);
    } catch (cause) {
      throw new Refusal("failed", "the name cannot be resolved", { host, cause, isPassing: true });
    }
    const [first] = addresses;
    if (first === undefined)
      throw new Refusal("failed", "the name has no address", { host, isPassing: true });
    // One that is not public is enough: which of them is taken is nobody's choice but ours, and ours is not to try.
    if (!addresses.every(isPublicAddress))
      throw new Refusal("private_address", "the host has an address that is not public", { host });
    return first;
  }
}

/** Linear. What a URL's parser would forgive, such as a line break or a backslash, no link of Telnyx's has. */
function linkOf(link: string, base?: URL): URL {
  const url =
    link.length > MAX_LINK_LENGTH || /[\s\\\p{Cc}]/u.test(link) ? null : URL.parse(link, base?.href);
  if (!url) throw new Refusal("bad_url", "it is no link");
  if (url.username !== "" || url.password !== "")
    throw new Refusal("bad_url", "it names a user", { host: url.hostname });
  return url;
}

function judgeAsWritten({ protocol, port, hostname }: URL, host: string): void {
  if (protocol !== "https:" && protocol !== "http:") throw new Refusal("bad_url", "it is no https link");
  const literal = hostname.replace(/^\[(.*)\]$/, "$1");
  if (isPrivateHost(hostname) || (isIP(literal) !== 0 && !isPublicAddress(literal)))
    throw new Refusal("private_address", "the address is not public", { host });
  if (protocol !== "https:" || port !== "")
    throw new Refusal("bad_url", "it is no https link to the usual port", { host });
}

/** Costs one comparison for each of at most a hundred and some entries. */
function isOn(entries: readonly string[], host: string): boolean {
  return entries.some((entry) =>
    entry.startsWith("*.") ? host.endsWith(entry.slice(1)) && host.length >= entry.length : host === entry,
  );
}
