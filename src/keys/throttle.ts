/**
 * Failed authentications, limited per address, so that keys and tickets cannot be guessed at speed. Only what is not
 * known to be good is refused: a neighbour behind the same address goes on with a key that has worked before.
 */
import { ApiError } from "../errors.ts";
import { clientAddress, limitedBy, maskedAddress, type Network, parseNetwork } from "../http/address.ts";
import { ThrottledLog } from "../log/throttled.ts";
import { limitHits } from "../platform/limithits.ts";
import { TokenBucket } from "../platform/tokenbucket.ts";

/** A client that was set up wrongly, and the people who try to mend it. */
const BURST = 60;
const PER_SECOND = 0.5;

export interface AuthThrottleOptions {
  /** The address of a connection's other end; null when it has gone. */
  readonly peerOf: (request: Request) => string | null;
  /** Addresses and CIDR ranges whose `X-Forwarded-For` is believed. */
  readonly trustProxy: readonly string[];
  /** Milliseconds of a clock that is never set. */
  readonly monotonic: () => number;
}

export class AuthThrottle {
  readonly #peerOf: AuthThrottleOptions["peerOf"];
  readonly #trusted: readonly Network[];
  readonly #failures: TokenBucket<string>;
  readonly #refused = new ThrottledLog(
    "too many authentications fail: those of this address are refused for a while",
  );

  constructor({ peerOf, trustProxy, monotonic }: AuthThrottleOptions) {
    this.#peerOf = peerOf;
    this.#trusted = trustProxy.map(parseNetwork).filter((network) => network !== null);
    this.#failures = new TokenBucket({ perSecond: PER_SECOND, burst: BURST, now: monotonic });
  }

  /** The client's, behind the proxies that are believed; to be called before anything is waited for. */
  addressOf(request: Request): string {
    const forwarded = request.headers.get("x-forwarded-for");
    return clientAddress(this.#peerOf(request) ?? "", forwarded, this.#trusted);
  }

  /** As an operator is shown it. */
  networkOf = (request: Request): string | null => maskedAddress(this.addressOf(request));

  /** Who is asking, as limits count; to be called before anything is waited for. Throws the fault `rate_limited`. */
  admit(request: Request): string {
    const forwarded = request.headers.get("x-forwarded-for");
    const caller = limitedBy(this.addressOf(request));
    const waitMs = this.#failures.waitMs(caller);
    if (waitMs === 0) return caller;
    limitHits.add("authentications");
    const isMisled = forwarded !== null && this.#trusted.length === 0;
    this.#refused.count({ address: caller, ...(isMisled ? { hint: "TRUST_PROXY is not set" } : {}) });
    throw new ApiError("rate_limited", "Too many authentications from this address have failed.", {
      retryAfterSeconds: waitMs / 1000,
    });
  }

  /** Counts a failure of this caller. */
  note(caller: string): void {
    this.#failures.note(caller);
  }
}
