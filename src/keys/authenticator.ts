/**
 * Who is asking: an Authorization header, or a ticket → the key's access, as it stands now. Whatever was allowed
 * before something waited is compared again after it, in one place: {@link Guard.handOver}.
 */

import type { Installation } from "../database/installation.ts";
import type { Read } from "../database/result.ts";
import { unavailable } from "../errors.ts";
import { shownError } from "../log/log.ts";
import { Tally } from "../log/throttled.ts";
import {
  type Access,
  endOf,
  type HashedCredential,
  hashed,
  readAccess,
  readAccesses,
  requireScope,
  unauthorized,
} from "./access.ts";
import { type Credential, shownKey, shownTicket } from "./credential.ts";
import type { Scope } from "./key.ts";
import type { Strangers } from "./throttle.ts";

export interface GuardDeps {
  readonly read: Read;
  /** Milliseconds since 1970: keys and tickets expire by the wall clock. */
  readonly now: () => number;
  /** The newest that this process knows of: nothing older of the directory is believed, nor what is of another epoch. */
  readonly installation: () => Pick<Installation, "epoch" | "directoryVersion">;
  readonly onUse?: (keyId: number) => void;
  /** Without them nobody is limited in how often they may fail. */
  readonly strangers?: Strangers;
}

/** Bounds the memory of the cache: about a kilobyte each. */
const MOST_CACHED = 10_000;

export class Guard {
  readonly #deps: GuardDeps;
  readonly #unread = new Tally("a key could not be looked up", "error");
  /**
   * Accesses by the hash of their key or ticket. One that is not of the present version has been good, and is looked
   * up again. A stranger's is never kept.
   */
  readonly #cache = new Map<string, Access>();

  constructor(deps: GuardDeps) {
    this.#deps = deps;
  }

  /**
   * By the key in the Authorization header, which must have the scope. Throws the faults `unauthorized`, with the same
   * words whatever is wrong with the key, `forbidden` without the scope, `rate_limited` when too many have failed from
   * the same address, and `unavailable`.
   */
  authenticate(request: Request, scope: Scope | "any"): Promise<Access> {
    return this.#admit(request, shownKey(request), scope);
  }

  /** The same, where a ticket in the query opens, too: the header decides if there is one. */
  authenticateStream(request: Request): Promise<Access> {
    return this.#admit(request, shownKey(request) ?? shownTicket(request), "sms:read");
  }

  /**
   * The last step of everything that waited since it was authenticated: `give` is called with the access as it stands
   * now, which is as new as the change feed, and nothing waits between that comparison and `give`. What it hands over
   * or adds is therefore what is allowed at that moment, and what is added there is judged by each later change.
   * Throws what {@link authenticate} throws when the key may no longer do it, and what `give` throws.
   */
  async handOver<T>(access: Access, scope: Scope | "any", give: (present: Access) => T): Promise<T> {
    let present = access;
    while (!this.#isPresent(present)) {
      // The database was replaced meanwhile: what has this key's number there is another key, perhaps.
      if (present.epoch !== this.#deps.installation().epoch) throw unavailable(null);
      present = await this.#readAgain(present);
    }
    if (this.#hasExpired(present)) throw unauthorized();
    requireScope(present, scope);
    return give(present);
  }

  /** The accesses of these keys as they stand now; a key that is revoked or gone is absent. */
  current(keyIds: readonly number[]): Promise<Map<number, Access>> {
    return readAccesses(this.#deps.read, keyIds);
  }

  async #admit(request: Request, shown: Credential | null, scope: Scope | "any"): Promise<Access> {
    if (!shown) throw unauthorized(); // nothing was tried
    const { strangers, onUse } = this.#deps;
    // Of what has neither form nothing is kept: a key that stands where a ticket belongs must not be found here.
    const credential = hashed(shown);
    const known = credential ? this.#cache.get(credential.hash) : undefined;
    // Before anything waits, as long as the connection is there to be asked where it comes from.
    const caller = known ? null : (strangers?.admit(request) ?? null);
    const access = known && this.#isPresent(known) ? known : credential && (await this.#lookUp(credential));
    if (!access || this.#hasExpired(access)) {
      if (credential) this.#cache.delete(credential.hash);
      if (caller !== null) strangers?.note(caller);
      throw unauthorized();
    }
    onUse?.(access.keyId);
    requireScope(access, scope);
    return access;
  }

  /** By its key, which is the same for as long as there is one; of a ticket nothing but the end of its time changes it. */
  async #readAgain(access: Access): Promise<Access> {
    const { keyId, ticket } = access;
    const present = (await this.#reading(() => this.current([keyId]))).get(keyId);
    if (!present) throw unauthorized();
    return { ...present, ticket };
  }

  #isPresent({ epoch, version }: Access): boolean {
    const known = this.#deps.installation();
    return epoch === known.epoch && version >= known.directoryVersion;
  }

  #hasExpired(access: Access): boolean {
    return endOf(access) <= this.#deps.now();
  }

  async #lookUp(credential: HashedCredential): Promise<Access | null> {
    const access = await this.#reading(() => readAccess(this.#deps.read, credential));
    if (!access) return null;
    if (this.#isPresent(access)) this.#keep(credential.hash, access);
    return access;
  }

  /** The one that was looked up longest ago goes first. */
  #keep(hash: string, access: Access): void {
    this.#cache.delete(hash);
    const oldest = this.#cache.size >= MOST_CACHED ? this.#cache.keys().next().value : undefined;
    if (oldest !== undefined) this.#cache.delete(oldest);
    this.#cache.set(hash, access);
  }

  async #reading<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (cause) {
      this.#unread.count(shownError(cause));
      throw unavailable(cause);
    }
  }
}
