/**
 * Development mode's stand-in for Telnyx: a key pair made beside the database, which the server trusts besides
 * Telnyx's, and with which `inlet simulate` signs. No key pair is in the source, and no other server trusts it.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { databasePath } from "../database/url.ts";
import { CommandError, errorCode } from "../errors.ts";

/** Where the key pair of this database lies. Throws {@link CommandError} for a remote database. */
export function developmentKeyPath(databaseUrl: string): string {
  const path = databasePath(databaseUrl);
  if (path === null)
    throw new CommandError("development mode needs a file: database, because its key lies beside it");
  return `${path}.development.key`;
}

/** The key pair's private half; made where it is missing, readable by its owner alone. Throws {@link CommandError}. */
export function makeDevelopmentKey(databaseUrl: string): KeyObject {
  const path = developmentKeyPath(databaseUrl);
  if (!existsSync(path)) {
    const { privateKey } = generateKeyPairSync("ed25519");
    const ours = `${path}.${process.pid}`;
    try {
      writeFileSync(ours, privateKey.export({ format: "pem", type: "pkcs8" }), { mode: 0o600 });
      linkSync(ours, path); // whole or not at all, and of two that start together only one
    } catch (error) {
      const code = errorCode(error);
      if (code !== "EEXIST")
        throw new CommandError(`cannot write ${path}: ${code ?? String(error)}`, { cause: error });
    } finally {
      rmSync(ours, { force: true });
    }
  }
  return readDevelopmentKey(databaseUrl);
}

/** Throws {@link CommandError} when there is none. */
export function readDevelopmentKey(databaseUrl: string): KeyObject {
  const path = developmentKeyPath(databaseUrl);
  if (!existsSync(path)) {
    throw new CommandError(
      `there is no ${path}: simulate needs a server in development mode on the same database (inlet serve --development)`,
    );
  }
  try {
    return createPrivateKey(readFileSync(path));
  } catch (cause) {
    throw new CommandError(
      `${path} is not a private key: remove it, and inlet serve --development makes another`,
      { cause },
    );
  }
}

export function publicHalf(privateKey: KeyObject): KeyObject {
  return createPublicKey(privateKey);
}

/** The headers with which Telnyx would sign this body at `now` (ms since 1970). */
export function signWebhook(privateKey: KeyObject, body: string, now: number): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000));
  const signature = sign(null, Buffer.from(`${timestamp}|${body}`), privateKey).toString("base64");
  return {
    "content-type": "application/json",
    "telnyx-signature-ed25519": signature,
    "telnyx-timestamp": timestamp,
  };
}
