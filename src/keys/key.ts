/** The form of an API key: `inlet_`, 32 random characters of base62, 6 of checksum. No key is ever stored. */
import { createHash, randomInt } from "node:crypto";
import { crc32 } from "node:zlib";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const PREFIX = "inlet_";
const SECRET_LENGTH = 32;
const CHECKSUM_LENGTH = 6;
/** How much of a key may be shown afterwards, for people to tell keys apart: 4 of its 38 characters. */
const START_LENGTH = PREFIX.length + 4;

const FORM = new RegExp(`^${PREFIX}[0-9A-Za-z]{${SECRET_LENGTH + CHECKSUM_LENGTH}}$`);

/** What a key may be allowed to do. */
export const SCOPES = ["sms:read", "phone_numbers:read"] as const;
export type Scope = (typeof SCOPES)[number];

export function generateKey(): string {
  const secret = randomBase62(SECRET_LENGTH);
  return PREFIX + secret + checksum(secret);
}

/** From a cryptographic source; each character has six bits, less a twentieth. */
export function randomBase62(length: number): string {
  let text = "";
  for (let i = 0; i < length; i++) text += ALPHABET[randomInt(ALPHABET.length)];
  return text;
}

/** Whether this could be a key: a mistyped one is refused without a look into the database. */
export function isKey(text: string): boolean {
  const secret = text.slice(PREFIX.length, PREFIX.length + SECRET_LENGTH);
  return FORM.test(text) && text.endsWith(checksum(secret));
}

/** SHA-256 in hexadecimal. No salt and no stretching: 190 random bits cannot be guessed. */
export function hashKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

export function keyStart(key: string): string {
  return key.slice(0, START_LENGTH);
}

/** CRC-32 in base62, as GitHub's tokens carry it: for typing errors and secret scanners, not for security. */
function checksum(secret: string): string {
  let rest = crc32(secret);
  let digits = "";
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    digits = ALPHABET[rest % ALPHABET.length] + digits;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return digits;
}
