/**
 * Who is asking: an Authorization header, or a ticket → the principal, as it stands now. Whatever was allowed
 * before something waited is compared again after it, in one place: {@link Authenticator.handOver}.
 */

import type { Installation } from "../database/installation.ts";
import type { Read } from "../database/result.ts";
import { unavailable } from "../errors.ts";
import { errorFields } from "../log/log.ts";
import { ThrottledLog } from "../log/throttled.ts";
import { type Credential, shownKey, shownTicket } from "./credential.ts";
import type { Scope } from "./key.ts";
import {
  endOf,
  type HashedCredential,
  hashed,
  type Principal,
  readPrincipal,
  readPrincipals,
  requireScope,
  unauthorized,
} from "./principal.ts";
import type { AuthThrottle } from "./throttle.ts";

export interface AuthenticatorDeps {
  readonly read: Read;
  /** Milliseconds since 1970: keys and tickets expire by the wall clock. */
  readonly now: () => number;
  /** The newest that this process knows of: nothing older of the directory is believed, nor what is of another epoch. */
  readonly installation: () => Pick<Installation, "epoch" | "directoryVersion">;
  readonly onUse?: (keyId: number) => void;
  /** Without them nobody is limited in how often they may fail. */
  readonly authThrottle?: AuthThrottle;
}

/** Bounds the memory of the cache: about a kilobyte each. */
const MAX_CACHED = 10_000;

export class Authenticator {
  readonly #deps: AuthenticatorDeps;
  readonly #unread = new ThrottledLog("a key could not be looked up", "error");
  /**
   * Principals by the hash of their key or ticket. One of an older version was good once, and is looked up again; what
   * a stranger shows is never kept.
   */
  readonly #cache = new Map<string, Principal>();

  constructor(deps: AuthenticatorDeps) {
    this.#deps = deps;
  }

  /**
   * By the key in the Authorization header, which must have the scope. Throws the faults `unauthorized`, with the same
   * words whatever is wrong with the key, `forbidden` without the scope, `rate_limited` when too many have failed from
   * the same address, and `unavailable`.
   */
  authenticate(request: Request, scope: Scope | "any"): Promise<Principal> {
    return this.#admit(request, shownKey(request), scope);
  }

  /** The same, where a ticket in the query opens, too: the header decides if there is one. */
  authenticateStream(request: Request): Promise<Principal> {
    return this.#admit(request, shownKey(request) ?? shownTicket(request), "sms:read");
  }

  /**
   * The last step of everything that waited since it was authenticated: `give` is called with the principal as it
   * stands now, which is as new as the change feed, and nothing waits between that comparison and `give`. What `give`
   * hands over is therefore allowed at that moment, and a session that it adds is judged by each later change.
   * Throws what {@link authenticate} throws when the key may no longer do it, and what `give` throws.
   */
  async handOver<T>(principal: Principal, scope: Scope | "any", give: (present: Principal) => T): Promise<T> {
    let present = principal;
    while (!this.#isPresent(present)) {
      // The database was replaced meanwhile: what has this key's number there is another key, perhaps.
      if (present.epoch !== this.#deps.installation().epoch) throw unavailable(null);
      present = await this.#readAgain(present);
    }
    if (this.#hasExpired(present)) throw unauthorized();
    requireScope(present, scope);
    return give(present);
  }

  /** The principals of these keys as they stand now; a key that is revoked or gone is absent. */
  current(keyIds: readonly number[]): Promise<Map<number, Principal>> {
    return readPrincipals(this.#deps.read, keyIds);
  }

  async #admit(request: Request, shown: Credential | null, scope: Scope | "any"): Promise<Principal> {
    if (!shown) throw unauthorized(); // nothing was tried
    const { authThrottle, onUse } = this.#deps;
    // Of what has neither form nothing is kept: a key that stands where a ticket belongs must not be found here.
    const credential = hashed(shown);
    const known = credential ? this.#cache.get(credential.hash) : undefined;
    // Before anything waits, as long as the connection is there to be asked where it comes from.
    const caller = known ? null : (authThrottle?.admit(request) ?? null);
    const principal =
      known && this.#isPresent(known) ? known : credential && (await this.#lookUp(credential));
    if (!principal || this.#hasExpired(principal)) {
      if (credential) this.#cache.delete(credential.hash);
      if (caller !== null) authThrottle?.note(caller);
      throw unauthorized();
    }
    onUse?.(principal.keyId);
    requireScope(principal, scope);
    return principal;
  }

  /** By its key, which is the same for as long as there is one; of a ticket nothing but the end of its time changes it. */
  async #readAgain(principal: Principal): Promise<Principal> {
    const { keyId, ticket } = principal;
    const present = (await this.#reading(() => this.current([keyId]))).get(keyId);
    if (!present) throw unauthorized();
    return { ...present, ticket };
  }

  #isPresent({ epoch, version }: Principal): boolean {
    const known = this.#deps.installation();
    return epoch === known.epoch && version >= known.directoryVersion;
  }

  #hasExpired(principal: Principal): boolean {
    return endOf(principal) <= this.#deps.now();
  }

  async #lookUp(credential: HashedCredential): Promise<Principal | null> {
    const principal = await this.#reading(() => readPrincipal(this.#deps.read, credential));
    if (!principal) return null;
    if (this.#isPresent(principal)) this.#keep(credential.hash, principal);
    return principal;
  }

  /** The one that was looked up longest ago goes first. */
  #keep(hash: string, principal: Principal): void {
    this.#cache.delete(hash);
    const oldest = this.#cache.size >= MAX_CACHED ? this.#cache.keys().next().value : undefined;
    if (oldest !== undefined) this.#cache.delete(oldest);
    this.#cache.set(hash, principal);
  }

  async #reading<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (cause) {
      this.#unread.count(errorFields(cause));
      throw unavailable(cause);
    }
  }
}
