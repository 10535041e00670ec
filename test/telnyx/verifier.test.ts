/** Signatures are judged alike whatever the size, and those that fail keep none that is genuine away. */
import { expect, test } from "bun:test";
import { ApiError } from "../../src/errors.ts";
import { signatureHeaders, telnyxPublicKey } from "../../src/telnyx/signature.ts";
import { Verifier } from "../../src/telnyx/verifier.ts";
import { signedHeaders, telnyxKey } from "../harness/telnyx.ts";

const KEYS = [telnyxKey(), telnyxKey()] as const;
const STRANGER = telnyxKey();
const verifier = () => new Verifier(KEYS.map(({ publicKey }) => telnyxPublicKey(publicKey)));

/** A body of so many bytes and headers for it. */
function signed(bytes: number, key = KEYS[0]) {
  const body = Buffer.alloc(bytes, "x");
  const headers = signatureHeaders(new Headers(signedHeaders(key, body)));
  if (!headers) throw new Error("it is not signed");
  return [headers, body] as const;
}

test.each([0, 1, 4_000, 65_536, 65_537, 1_048_576])(
  "of %d bytes what a key signed is genuine, and nothing else",
  async (bytes) => {
    const judge = verifier();
    for (const key of KEYS) expect(await judge.verify(...signed(bytes, key))).toBe(true);
    expect(await judge.verify(...signed(bytes, STRANGER))).toBe(false);
    const [headers, body] = signed(bytes);
    expect(await judge.verify(headers, Buffer.concat([body, Buffer.from("y")]))).toBe(false);
    expect(await new Verifier([]).verify(headers, body)).toBe(false);
  },
);

test("a hundred megabytes of strangers delay no webhook, and the largest of them give way", async () => {
  const judge = verifier();
  const large = signed(1_000_000, STRANGER);
  const failing = Array.from({ length: 100 }, () => judge.verify(...large).catch((error: unknown) => error));
  const [genuine, sizeable] = [judge.verify(...signed(4_000)), judge.verify(...signed(70_000))];
  expect(await genuine).toBe(true);
  expect(await sizeable).toBe(true);
  const verdicts = await Promise.all(failing);
  expect(verdicts.filter((verdict) => verdict === false).length).toBeGreaterThan(0);
  for (const verdict of verdicts.filter((each) => each !== false)) expect(verdict).toBeInstanceOf(ApiError);
});

test("many small ones are verified over many turns of the event loop", async () => {
  const judge = verifier();
  const small = signed(60_000, STRANGER);
  const failing = Array.from({ length: 300 }, () => judge.verify(...small));
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  expect(await judge.verify(...signed(4_000))).toBe(true);
  expect(new Set(await Promise.all(failing))).toEqual(new Set([false]));
  clearInterval(timer);
  expect(turns).toBeGreaterThan(3);
});
