/** Whether the pictures of an MMS are kept, and from where. */
import { databasePath } from "../database/url.ts";
import type { Reader } from "./reader.ts";

export interface MediaConfig {
  readonly keeps: boolean;
  /** Of each file, unpacked. */
  readonly maxBytes: number;
  /** Further hosts that may be asked, without the key: a name, or `*.` and a name for all below it. */
  readonly hosts: readonly string[];
  /** Null for the one beside the database. */
  readonly folder: string | null;
  /** Of TELNYX_BASE_URL, where that names another than Telnyx's own: it may be plain and private. */
  readonly ownOrigin: string | null;
}

/** It is on the list of hosts, and judged as they are. */
const TELNYX_ORIGIN = "https://api.telnyx.com";
/** Each is held against every link. */
const MAX_HOSTS = 100;
const MEGABYTE = 1_000_000;

export function readMedia(read: Reader, databaseUrl: string): MediaConfig {
  const keeps = readKeepsPictures(read);
  const folder = read.text("MEDIA_DIR");
  if (keeps && folder === null && databasePath(databaseUrl) === null)
    read.fault(
      "MEDIA_DIR",
      "is not set; with MEDIA=store and a remote database it must be a folder of this machine, or one that all machines share",
    );
  return {
    keeps,
    folder,
    maxBytes: read.integer("MEDIA_MAX_BYTES", 10 * MEGABYTE, 1_000, 100 * MEGABYTE),
    hosts: readHosts(read),
    ownOrigin: readOwnOrigin(read),
  };
}

/** Where it is no such address, that is told by whoever reads the whole. */
function readOwnOrigin(read: Reader): string | null {
  const url = URL.parse(read.text("TELNYX_BASE_URL") ?? "");
  return url && /^https?:$/.test(url.protocol) && url.origin !== TELNYX_ORIGIN ? url.origin : null;
}

export function readKeepsPictures(read: Reader): boolean {
  return read.choice("MEDIA", "link", ["link", "store"]) === "store";
}

function readHosts(read: Reader): string[] {
  const hosts = read.list("MEDIA_HOSTS").map((host) => host.toLowerCase());
  if (hosts.length > MAX_HOSTS)
    read.fault("MEDIA_HOSTS", `holds ${hosts.length} entries; it may hold at most ${MAX_HOSTS}`);
  for (const host of hosts) {
    if (isHost(host)) continue;
    read.fault(
      "MEDIA_HOSTS",
      `holds ${JSON.stringify(host)}; each, comma-separated, is the name of a host without scheme and port, such as media.example.com, or *.example.com for all below one`,
    );
  }
  return hosts.filter(isHost);
}

/** A name with a dot that is no address. Linear. */
function isHost(text: string): boolean {
  const name = text.replace(/^\*\./, "");
  return name.length <= 253 && /^([a-z0-9_-]{1,63}\.)+[a-z0-9-]{0,62}[a-z]$/.test(name);
}
