/** How NATS is reached, which wakes the other processes. The client takes no credentials out of an address: we do. */
import { readFileSync } from "node:fs";
import { errorCode } from "../errors.ts";
import type { Reader } from "./reader.ts";

export interface NatsConfig {
  /** `HOST:PORT` each. */
  readonly servers: readonly string[];
  readonly isEncrypted: boolean;
  readonly user: string | null;
  readonly password: string | null;
  /** What stands before the `@` where there is no colon. */
  readonly token: string | null;
  /** What is in a file of credentials, or the seed of an nkey. */
  readonly credentials: string | null;
  /** PEM of the certificates that are trusted besides the system's. */
  readonly ca: string | null;
}

const MAX_SERVERS = 20;
const MAX_BYTES = 256 * 1024;
const DEFAULT_PORT = "4222";
const FORM = "nats://[USER:PASSWORD@]HOST[:PORT] or tls://…; several are separated by commas";

/** Null without NATS_URL. */
export function readNats(read: Reader): NatsConfig | null {
  const texts = read.list("NATS_URL");
  const [credentials, ca] = [readFileOf(read, "NATS_CREDS"), readFileOf(read, "NATS_CA")];
  if (texts.length === 0) return null;
  const addresses = texts.slice(0, MAX_SERVERS).map(parse);
  const [first] = addresses;
  const isEach = (is: (address: Address) => boolean) => addresses.every((each) => each !== null && is(each));
  if (!first || texts.length > MAX_SERVERS || !isEach(() => true)) {
    // What is not of that form may have a password in it.
    read.fault("NATS_URL", `holds what is not 1 to ${MAX_SERVERS} addresses of the form ${FORM}`);
    return null;
  }
  const { scheme, username, password } = first;
  if (!isEach((each) => each.scheme === scheme && each.username === username && each.password === password)) {
    read.fault("NATS_URL", "holds servers that differ in their scheme or in what stands before the @");
    return null;
  }
  const isUser = username !== "" && password !== "";
  return {
    servers: addresses.map((each) => `${each?.host}:${each?.port}`),
    isEncrypted: scheme === "tls" || ca !== null,
    user: isUser ? decode(username) : null,
    password: isUser ? decode(password) : null,
    token: username !== "" && !isUser ? decode(username) : null,
    credentials,
    ca,
  };
}

interface Address {
  readonly scheme: string;
  readonly host: string;
  readonly port: string;
  readonly username: string;
  readonly password: string;
}

function parse(text: string): Address | null {
  const scheme = /^(nats|tls):\/\//i.exec(text)?.[1]?.toLowerCase();
  // Of schemes that URL does not know it checks neither host nor port.
  const url = URL.parse(text.replace(/^[a-z]+:/i, "http:"));
  if (!url || !scheme || url.search || url.hash || url.pathname !== "/") return null;
  // Port 80 is http's own, which URL leaves out.
  const port = /:(\d{1,5})\/?$/.exec(text)?.[1] ?? DEFAULT_PORT;
  return { scheme, host: url.hostname, port, username: url.username, password: url.password };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function readFileOf(read: Reader, name: "NATS_CREDS" | "NATS_CA"): string | null {
  const path = read.text(name);
  if (path === null) return null;
  if (/-----BEGIN|^SU[A-Z2-7]{40}/.test(path)) {
    read.fault(name, "holds a secret or a certificate itself; it may be the path of a file with one");
    return null;
  }
  try {
    const text = readFileSync(path, "utf8");
    if (text.length > 0 && text.length <= MAX_BYTES) return text;
    read.fault(name, `names ${JSON.stringify(path)}, which has not 1 to ${MAX_BYTES} characters`);
  } catch (error) {
    read.fault(
      name,
      `names ${JSON.stringify(path)}, which cannot be read (${errorCode(error) ?? "no reason given"})`,
    );
  }
  return null;
}
