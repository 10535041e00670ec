/** The certificate and its key, looked at before anybody connects: a fault of either is told at the start. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { errorCode } from "../errors.ts";
import type { Reader } from "./reader.ts";

export interface TlsConfig {
  /** PEM: the certificate, and those between it and its root. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** A chain has some kilobytes. */
const MAX_BYTES = 1024 * 1024;
const BEGIN = "-----BEGIN";

/** Both variables, or neither. */
export function readTls(read: Reader, now: number): TlsConfig | null {
  const paths = { TLS_CERT: read.text("TLS_CERT"), TLS_KEY: read.text("TLS_KEY") };
  if (paths.TLS_CERT === null && paths.TLS_KEY === null) return null;
  if (paths.TLS_CERT === null || paths.TLS_KEY === null) {
    const [set, missing] = paths.TLS_CERT === null ? ["TLS_KEY", "TLS_CERT"] : ["TLS_CERT", "TLS_KEY"];
    read.fault(missing ?? "", `is not set, and ${set} is; set both to serve HTTPS, or neither`);
    return null;
  }
  const cert = readPem(read, "TLS_CERT", paths.TLS_CERT);
  const key = readPem(read, "TLS_KEY", paths.TLS_KEY);
  const certificate = cert === null ? null : readCertificate(read, cert, paths.TLS_CERT, now);
  const privateKey = key === null ? null : readKey(read, key, paths.TLS_KEY);
  if (cert === null || key === null || !certificate || !privateKey) return null;
  const before = read.faults;
  if (!certificate.checkPrivateKey(privateKey)) {
    read.fault(
      "TLS_KEY",
      `names ${shown(paths.TLS_KEY)}, which is not the key of the certificate in TLS_CERT`,
    );
  }
  if (read.faults > before) return null;
  return { cert, key, expiresAt: Date.parse(certificate.validTo) };
}

function readPem(read: Reader, name: string, path: string): string | null {
  if (path.includes(BEGIN)) {
    read.fault(name, "holds a PEM text itself; it may be the path of a file with one");
    return null;
  }
  try {
    const text = readFileSync(path, "utf8");
    if (text.includes(BEGIN) && text.length <= MAX_BYTES) return text;
    read.fault(
      name,
      `names ${shown(path)}, which is not a PEM file: it has no line that begins with ${BEGIN}`,
    );
  } catch (error) {
    read.fault(name, `names ${shown(path)}, which cannot be read (${errorCode(error) ?? "no reason given"})`);
  }
  return null;
}

function readCertificate(read: Reader, pem: string, path: string, now: number): X509Certificate | null {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    read.fault("TLS_CERT", `names ${shown(path)}, which does not begin with a certificate in PEM`);
    return null;
  }
  const { validFrom, validTo } = certificate;
  if (Date.parse(validTo) <= now)
    read.fault("TLS_CERT", `names ${shown(path)}, whose certificate expired on ${isoDate(validTo)}`);
  else if (Date.parse(validFrom) > now)
    read.fault(
      "TLS_CERT",
      `names ${shown(path)}, whose certificate is not valid before ${isoDate(validFrom)}`,
    );
  return certificate;
}

function readKey(read: Reader, pem: string, path: string): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    const why = /ENCRYPTED/.test(pem)
      ? "which is encrypted: it must be without a passphrase"
      : "which is not a private key in PEM";
    read.fault("TLS_KEY", `names ${shown(path)}, ${why}`);
    return null;
  }
}

function isoDate(text: string): string {
  return new Date(text).toISOString();
}

function shown(path: string): string {
  return JSON.stringify(path);
}
