/**
 * What is open in somebody's name, streams and those who wait alike. After each change of the directory every one of
 * them is held against its key as it stands then: it goes on with what that key sees now, or it ends.
 */

import type { Authenticator } from "../keys/authenticator.ts";
import type { Principal } from "../keys/principal.ts";
import { yieldToEventLoop } from "../platform/eventloop.ts";
import { Multimap } from "../platform/multimap.ts";

export interface Session {
  readonly keyId: number;
  /** The version of the directory that what it sees was read at. */
  readonly directoryVersion: number;
  /** Goes on with this principal, which is of a later version than {@link directoryVersion}. */
  accept(principal: Principal): void;
  /** Ends, which takes it out of the sessions. */
  close(reason: "revoked" | "shutdown" | "overloaded"): void;
}

/** Keys read at once: one whose account is in five thousand teams takes some 3 ms to read and to hand over. */
const KEYS_PER_READ = 10;
/** After so long, the rest of the event loop has its turn. */
const SLICE_MS = 8;

export class Sessions {
  readonly #authenticator: Pick<Authenticator, "current">;
  readonly #byKey = new Multimap<number, Session>();
  /** The version of the directory that all of them agree with: nothing is read while it stays the same. */
  #version: number;
  /** How often it began anew: what was read before is not compared with what came after. */
  #restarts = 0;

  /** `version` is the directory's, at a moment before any session is added. */
  constructor(authenticator: Pick<Authenticator, "current">, version: number) {
    this.#authenticator = authenticator;
    this.#version = version;
  }

  /**
   * To be called in the turn of the event loop in which the principal was handed over (`Authenticator.handOver`): a
   * change that is judged later finds the session here, and one that was judged before is in the principal.
   */
  add(session: Session): void {
    this.#byKey.add(session.keyId, session);
  }

  delete(session: Session): void {
    this.#byKey.delete(session.keyId, session);
  }

  /**
   * Throws what reading throws, and where a replica answered that has not heard of this version; then those that were
   * not reached are judged by the next call.
   */
  async reauthorize(version: number): Promise<void> {
    if (version === this.#version) return;
    const restarts = this.#restarts;
    const keyIds = [...this.#byKey.keys()];
    let turnEnds = performance.now() + SLICE_MS;
    for (let at = 0; at < keyIds.length; at += KEYS_PER_READ) {
      const page = keyIds.slice(at, at + KEYS_PER_READ);
      const principals = await this.#authenticator.current(page);
      if (restarts !== this.#restarts) return;
      if (principals.values().some((principal) => principal.version < version))
        throw new Error("the directory was read from a replica that lags behind");
      for (const [keyId, session] of this.#of(page)) {
        if (performance.now() > turnEnds) {
          await yieldToEventLoop();
          turnEnds = performance.now() + SLICE_MS;
        }
        if (restarts !== this.#restarts) return;
        // It may have ended while others had their turn.
        if (this.#byKey.get(keyId).has(session)) judge(session, principals.get(keyId));
      }
    }
    if (restarts === this.#restarts) this.#version = version;
  }

  /** Ends all: the directory is another, whose versions say nothing of what was open. */
  restart(version: number): void {
    this.#restarts++;
    this.#version = version;
    this.closeAll("overloaded");
  }

  closeAll(reason: "shutdown" | "overloaded"): void {
    for (const keyId of [...this.#byKey.keys()])
      for (const session of [...this.#byKey.get(keyId)]) session.close(reason);
  }

  /** As they are at this moment: what is added later agrees with what was just read, or is newer. */
  #of(keyIds: readonly number[]): [keyId: number, session: Session][] {
    return keyIds.flatMap((keyId) =>
      [...this.#byKey.get(keyId)].map((session): [number, Session] => [keyId, session]),
    );
  }
}

/**
 * A key that is absent is revoked, which is for ever: so a session that is newer than this reading ends as well. One of
 * a key with thousands of accounts takes some tenths of a millisecond.
 */
function judge(session: Session, principal: Principal | undefined): void {
  if (!principal?.scopes.includes("sms:read")) session.close("revoked");
  else if (principal.version > session.directoryVersion) session.accept(principal);
}
