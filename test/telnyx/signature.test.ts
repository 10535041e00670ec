/** Our verifier and the Telnyx SDK's give one verdict on one input, and know the genuine from the altered. */
import { afterEach, beforeEach, expect, setSystemTime, test } from "bun:test";
import { type KeyObject, sign } from "node:crypto";
import fc from "fast-check";
import Telnyx from "telnyx";
import {
  doubtOf,
  isSigned,
  type SignatureHeaders,
  signatureHeaders,
  telnyxPublicKey,
} from "../../src/telnyx/signature.ts";
import { signedHeaders, telnyxKey } from "../harness/telnyx.ts";

/** Signed once, by a key that was then thrown away. */
const FIXTURE = {
  key: "shjLimw+wwiduvuPTpUDhXwlES8VlwOAOlsKfMlfNDc=",
  body: `{"data":{"event_type":"message.received","id":"b301ed3f-1490-491f-995f-6e64e69674d4","payload":{"text":"Grüße 👋"}}}`,
  timestamp: "1705349767",
  signature: "Guz6fujyEPQhSk2TpMzLYfMuIckr2O3hKjHpNwGhu3xS6fGrvGzwweRhkGry3qweKT3dWMgV7cwyppnMxF3bAQ==",
} as const;
const BODY = new TextEncoder().encode(FIXTURE.body);
const SIGNATURE = Buffer.from(FIXTURE.signature, "base64");
const SIGNED_AT = 1_705_349_767_000;

interface Input {
  readonly key: string;
  readonly body: Uint8Array;
  readonly timestamp: string;
  readonly signature: string;
}

const fixture: Input = { ...FIXTURE, body: BODY };

beforeEach(() => setSystemTime(SIGNED_AT));
afterEach(() => setSystemTime());

async function sdkTakes({ key, body, timestamp, signature }: Input): Promise<boolean> {
  const headers = { "telnyx-signature-ed25519": signature, "telnyx-timestamp": timestamp };
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(body);
  try {
    await new Telnyx({ apiKey: "x", publicKey: key }).webhooks.unwrap(text, { headers });
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return true; // genuine, and then not JSON
    expect(error).toHaveProperty("name", "TelnyxWebhookVerificationError");
    return false;
  }
}

/** As the webhook judges it. */
function verifyWebhook(keys: readonly KeyObject[], headers: SignatureHeaders, body: Uint8Array, now: number) {
  return doubtOf(headers, now) ?? (isSigned(keys, headers, body) ? "genuine" : "bad signature");
}

/** Through the headers of a request, as the webhook does. */
function weTake({ key, body, timestamp, signature }: Input): boolean {
  const given = new Headers({ "Telnyx-Signature-Ed25519": signature, "Telnyx-Timestamp": timestamp });
  const headers = signatureHeaders(given);
  return headers !== null && verifyWebhook([telnyxPublicKey(key)], headers, body, Date.now()) === "genuine";
}

/** The verdict of both, who must agree. */
async function taken(input: Input): Promise<boolean> {
  const [ours, theirs] = [weTake(input), await sdkTakes(input)];
  expect(ours, `${input.signature} at ${input.timestamp}: the SDK says ${theirs}`).toBe(theirs);
  return ours;
}

function signed(body: string | Uint8Array, timestamp: string): Input {
  const { privateKey, publicKey } = telnyxKey();
  const bytes = Buffer.concat([Buffer.from(`${timestamp}|`), Buffer.from(body as Uint8Array)]);
  return {
    key: publicKey,
    body: Buffer.from(body as Uint8Array),
    timestamp,
    signature: sign(null, bytes, privateKey).toString("base64"),
  };
}

function altered(bytes: Uint8Array, at: number, by: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ by;
  return copy;
}

const byte = (bytes: Uint8Array) =>
  fc
    .tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }))
    .map(([at, by]) => altered(bytes, at, by));

test("a webhook that was signed once is genuine in every version", async () => {
  expect(await taken(fixture)).toBe(true);
});

test("whatever was signed is genuine, JSON or not", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
      expect(await taken(signed(text.toWellFormed(), FIXTURE.timestamp))).toBe(true);
    }),
  );
  for (const body of ["", "\0", "\uFEFF{}", "a".repeat(100_000)])
    expect(await taken(signed(body, FIXTURE.timestamp))).toBe(true);
});

test("a body altered in any one byte is refused", async () => {
  await fc.assert(
    fc.asyncProperty(byte(BODY), async (body) => expect(await taken({ ...fixture, body })).toBe(false)),
  );
  for (const body of [
    BODY.slice(1),
    BODY.slice(0, -1),
    Buffer.concat([BODY, Buffer.from(" ")]),
    Buffer.alloc(0),
  ])
    expect(await taken({ ...fixture, body })).toBe(false);
});

test("a signature altered in any one byte is refused", async () => {
  await fc.assert(
    fc.asyncProperty(byte(SIGNATURE), async (bytes) =>
      expect(await taken({ ...fixture, signature: bytes.toString("base64") })).toBe(false),
    ),
  );
});

test("another key's signature, and the same one under another key, are refused", async () => {
  expect(await taken({ ...fixture, signature: signed(BODY, FIXTURE.timestamp).signature })).toBe(false);
  expect(await taken({ ...fixture, key: telnyxKey().publicKey })).toBe(false);
});

test("a signature is not good for another time, though that be within the window", async () => {
  for (const timestamp of ["1705349766", "1705349768", "01705349767"])
    expect(await taken({ ...fixture, timestamp })).toBe(false);
});

test("it is good for 300 seconds either way, to the second", async () => {
  const at = (ms: number) => {
    setSystemTime(SIGNED_AT + ms);
    return taken(fixture);
  };
  for (const ms of [-300_000, -299_999, 0, 999, 300_000, 300_999]) expect(await at(ms)).toBe(true);
  for (const ms of [-300_001, 301_000, -86_400_000, 86_400_000]) expect(await at(ms)).toBe(false);
});

test("a timestamp is a plain number of seconds, and anything else is refused though it be signed", async () => {
  const { timestamp } = FIXTURE;
  expect(await taken(signed("{}", timestamp.padStart(15, "0")))).toBe(true);
  const signs = ["-1", `-${timestamp}`, `+${timestamp}`, `${timestamp}.0`, "1.7e9", "0x65a5a4c7"];
  const others = ["", "abc", "NaN", "Infinity", `${timestamp}000`, "9".repeat(15), "9".repeat(30)];
  for (const other of [...signs, ...others]) expect(await taken(signed("{}", other)), other).toBe(false);
});

test("a missing, garbled, short or long signature is refused", async () => {
  const { signature } = FIXTURE;
  const garbled = [
    "",
    "====",
    "x",
    signature.slice(0, -2),
    `${signature}AAAA`,
    `A${signature}`,
    "A".repeat(88),
  ];
  const recoded = [SIGNATURE.toString("hex"), SIGNATURE.toString("base64url"), `${signature}, ${signature}`];
  const resized = [0, 32, 63, 65, 96].map((length) => Buffer.alloc(length, SIGNATURE).toString("base64"));
  for (const other of [...garbled, ...recoded, ...resized])
    expect(await taken({ ...fixture, signature: other }), other).toBe(false);
});

test("the four bits that base64 has left over change no verdict", async () => {
  const start = FIXTURE.signature.slice(0, 85);
  for (const last of "QRSTUVWXYZabcdefPghA/")
    expect(await taken({ ...fixture, signature: `${start}${last}==` })).toBe(/[Q-Za-f]/.test(last));
});

test("a signature cannot be turned into a second one by adding the order of the curve", async () => {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const scalar = BigInt(`0x${Buffer.from(SIGNATURE.subarray(32)).reverse().toString("hex")}`) + order;
  const other = Buffer.from(scalar.toString(16).padStart(64, "0"), "hex").reverse();
  const signature = Buffer.concat([SIGNATURE.subarray(0, 32), other]).toString("base64");
  expect(await taken({ ...fixture, signature })).toBe(false);
});

test("with several keys, what either signed is genuine", () => {
  const [one, two, other] = [telnyxKey(), telnyxKey(), telnyxKey()];
  const keys = [one, two].map(({ publicKey }) => telnyxPublicKey(publicKey));
  const verdict = (signer: typeof one) => {
    const headers = signatureHeaders(new Headers(signedHeaders(signer, BODY)));
    return headers && verifyWebhook(keys, headers, BODY, Date.now());
  };
  expect([verdict(one), verdict(two), verdict(other)]).toEqual(["genuine", "genuine", "bad signature"]);
  expect(verifyWebhook([], FIXTURE, BODY, SIGNED_AT)).toBe("bad signature");
});

test("the operator learns what was wrong", () => {
  const verdict = (different: Partial<Input>, now = SIGNED_AT) =>
    verifyWebhook([telnyxPublicKey(FIXTURE.key)], { ...FIXTURE, ...different }, BODY, now);
  expect(verdict({ timestamp: "now" })).toBe("bad timestamp");
  expect(verdict({}, SIGNED_AT + 301_000)).toBe("too old or too new");
  expect(verdict({ signature: "x" })).toBe("bad signature");
  expect(signatureHeaders(new Headers({ "telnyx-timestamp": "1" }))).toBeNull();
});

test("a body that is not UTF-8 is judged by its bytes, which the SDK never sees", async () => {
  const input = signed(Uint8Array.of(0x22, 0xff, 0x22), FIXTURE.timestamp);
  expect([weTake(input), await sdkTakes(input)]).toEqual([true, false]);
});
