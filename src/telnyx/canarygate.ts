/**
 * Whether a webhook that Telnyx did not sign is `inlet doctor`'s own, on its way through the running service. It is
 * looked at last, costs a stranger's webhook next to nothing, and lets pass one message to a canary's own number.
 */
import type { Read } from "../database/result.ts";
import { errorFields } from "../log/log.ts";
import { ThrottledLog } from "../log/throttled.ts";
import { type LiveCanary, liveCanaries } from "../messages/canaries.ts";
import { withDeadline } from "../platform/deadline.ts";
import { parseEvent } from "./event.ts";
import { type SignatureHeaders, telnyxPublicKey } from "./signature.ts";
import type { Verifier } from "./verifier.ts";

/** The doctor's has some 700. */
const MAX_BYTES = 2_048;
/** A server's database answers in some milliseconds. */
const PATIENCE_MS = 500;

const unread = new ThrottledLog("whether a webhook is inlet doctor's could not be looked up");

export class CanaryGate {
  readonly #read: Read;
  readonly #verifier: Pick<Verifier, "verify">;
  /** The look that is under way, and the one that begins after it: whoever comes meanwhile shares the second. */
  #current: Promise<unknown> = Promise.resolve();
  #next: Promise<readonly LiveCanary[]> | null = null;

  constructor(read: Read, verifier: Pick<Verifier, "verify">) {
    this.#read = read;
    this.#verifier = verifier;
  }

  /** False also where nothing can be known: a stranger is not to wait for the database. */
  async admits(headers: SignatureHeaders, body: Uint8Array): Promise<boolean> {
    if (body.length > MAX_BYTES) return false;
    try {
      const late = () => new Error("the canaries could not be read in time");
      for (const { publicKey, recipient } of await withDeadline(this.#look(), PATIENCE_MS, late)) {
        if (await this.#verifier.verify(headers, body, [telnyxPublicKey(publicKey)]))
          return isOnlyTo(recipient, body);
      }
    } catch (error) {
      unread.count(errorFields(error));
    }
    return false;
  }

  /** One that begins after this call. However many ask, one is under way and one waits. */
  #look(): Promise<readonly LiveCanary[]> {
    this.#next ??= this.#current.then(() => {
      this.#next = null;
      const look = liveCanaries(this.#read);
      this.#current = look.catch(() => undefined);
      return look;
    });
    return this.#next;
  }
}

/** One text and nothing besides: no picture that would be fetched, no other recipient. */
function isOnlyTo(recipient: string, body: Uint8Array): boolean {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return false;
  }
  const parsed = parseEvent(json, body, 0);
  const [only, other] = parsed.kind === "messages" ? parsed.messages : [];
  if (!only || other) return false;
  return only.message.to === recipient && !only.message.media && !only.message.cc;
}
