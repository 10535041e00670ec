/** The certificate and its key are looked at when the environment is read: every fault is told at the start. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Reader } from "../../src/config/reader.ts";
import { readTls } from "../../src/config/tls.ts";
import { selfSigned } from "../harness/certificate.ts";
import { emptyFolder } from "../harness/cleanup.ts";

const DAY_MS = 86_400_000;
const { cert, key, env } = selfSigned();
const other = selfSigned();
const folder = emptyFolder();

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** What is wrong with these, in lines; none when nothing is. */
function faults(env: Record<string, string>, now = Date.now()): string[] {
  const read = new Reader(env);
  readTls(read, now);
  try {
    read.finish();
    return [];
  } catch (error) {
    return (error as Error).message.split("\n");
  }
}

test("a certificate and its key are read, with the time at which it expires", async () => {
  const tls = readTls(new Reader(env), Date.now());
  expect(tls).toMatchObject({ cert: await Bun.file(cert).text(), key: await Bun.file(key).text() });
  const days = ((tls?.expiresAt ?? 0) - Date.now()) / DAY_MS;
  expect(days).toBeGreaterThan(29);
  expect(days).toBeLessThan(31);
});

test("without both there is no TLS, and one alone is a fault that names the other", () => {
  expect(readTls(new Reader({}), Date.now())).toBeNull();
  expect(faults({ TLS_CERT: cert })).toEqual([
    "TLS_KEY is not set, and TLS_CERT is; set both to serve HTTPS, or neither",
  ]);
  expect(faults({ TLS_KEY: key })).toEqual([
    "TLS_CERT is not set, and TLS_KEY is; set both to serve HTTPS, or neither",
  ]);
});

test("files that are missing or hold something else are named, both at once", () => {
  const missing = join(folder, "missing.pem");
  const text = file("text.pem", "hello\n");
  expect(faults({ TLS_CERT: missing, TLS_KEY: text })).toEqual([
    `TLS_CERT names ${JSON.stringify(missing)}, which cannot be read (ENOENT)`,
    `TLS_KEY names ${JSON.stringify(text)}, which is not a PEM file: it has no line that begins with -----BEGIN`,
  ]);
  expect(faults({ TLS_CERT: folder, TLS_KEY: key })).toEqual([expect.stringContaining("(EISDIR)")]);
});

test("the two the wrong way round, and what only looks like PEM, are told apart", () => {
  expect(faults({ TLS_CERT: key, TLS_KEY: cert })).toEqual([
    expect.stringContaining("does not begin with a certificate in PEM"),
    expect.stringContaining("which is not a private key in PEM"),
  ]);
  const broken = file("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  expect(faults({ TLS_CERT: broken, TLS_KEY: key })).toHaveLength(1);
});

test("a key of another certificate is refused", () => {
  expect(faults({ TLS_CERT: cert, TLS_KEY: other.key })).toEqual([
    `TLS_KEY names ${JSON.stringify(other.key)}, which is not the key of the certificate in TLS_CERT`,
  ]);
});

test("a certificate whose time is over, or has not come, is refused with the date", () => {
  expect(faults(env, Date.now() + 31 * DAY_MS)).toEqual([expect.stringMatching(/expired on 20\d\d-.*Z$/)]);
  expect(faults(env, Date.now() - DAY_MS)).toEqual([expect.stringMatching(/not valid before 20\d\d-.*Z$/)]);
});

test("a PEM text in place of a path is refused, and not repeated", async () => {
  const lines = faults({ TLS_CERT: cert, TLS_KEY: await Bun.file(key).text() });
  expect(lines).toEqual(["TLS_KEY holds a PEM text itself; it may be the path of a file with one"]);
});

test("a key behind a passphrase is refused with that reason", () => {
  const path = join(folder, "encrypted.pem");
  const made = Bun.spawnSync(["openssl", "pkcs8", "-topk8", "-in", key, "-out", path, "-passout", "pass:x"]);
  expect(made.exitCode).toBe(0);
  expect(faults({ TLS_CERT: cert, TLS_KEY: path })).toEqual([
    expect.stringContaining("without a passphrase"),
  ]);
});
