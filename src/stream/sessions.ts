/**
 * What is open in somebody's name, streams and those who wait alike. After each change of the directory every one of
 * them is held against its key as it stands then: it goes on with what that key sees now, or it ends.
 */
import type { Access } from "../keys/access.ts";
import type { Guard } from "../keys/authenticator.ts";
import { nextTurn } from "../platform/eventloop.ts";
import { Multimap } from "../platform/multimap.ts";

export interface Session {
  readonly keyId: number;
  /** The version of the directory that what it sees was read at. */
  readonly judgedAt: number;
  /** Goes on with this access, which is of a later version than {@link judgedAt}. */
  accept(access: Access): void;
  /** Ends, which takes it out of the sessions. */
  close(reason: "revoked" | "shutdown" | "overloaded"): void;
}

/** Keys read at once: one whose account is in five thousand teams takes some 3 ms to read and to hand over. */
const KEYS_PER_READ = 10;
/** After so long, the rest of the event loop has its turn. */
const TURN_MS = 8;

export class Sessions {
  readonly #guard: Pick<Guard, "current">;
  readonly #byKey = new Multimap<number, Session>();
  /** The version of the directory that all of them agree with: nothing is read while it stays the same. */
  #judged: number;
  /** How often it began anew: what was read before is not compared with what came after. */
  #restarts = 0;

  /** `version` is the directory's, at a moment before any session is added. */
  constructor(guard: Pick<Guard, "current">, version: number) {
    this.#guard = guard;
    this.#judged = version;
  }

  /**
   * Where the access was handed over, in the same turn of the event loop (`Guard.handOver`): a change that is judged
   * later finds it here, and one that was judged before is in the access.
   */
  add(session: Session): void {
    this.#byKey.add(session.keyId, session);
  }

  delete(session: Session): void {
    this.#byKey.delete(session.keyId, session);
  }

  /** Throws what reading throws; then those that were not reached are judged by the next call. */
  async reauthorize(version: number): Promise<void> {
    if (version === this.#judged) return;
    const restarts = this.#restarts;
    const keyIds = [...this.#byKey.keys()];
    let turnEnds = performance.now() + TURN_MS;
    for (let at = 0; at < keyIds.length; at += KEYS_PER_READ) {
      const page = keyIds.slice(at, at + KEYS_PER_READ);
      const accesses = await this.#guard.current(page);
      if (restarts !== this.#restarts) return;
      for (const keyId of page) this.#judgeKey(keyId, accesses.get(keyId));
      if (performance.now() < turnEnds) continue;
      await nextTurn();
      turnEnds = performance.now() + TURN_MS;
    }
    if (restarts === this.#restarts) this.#judged = version;
  }

  /** Ends all: the directory is another, whose versions say nothing of what was open. */
  restart(version: number): void {
    this.#restarts++;
    this.#judged = version;
    this.closeAll("overloaded");
  }

  closeAll(reason: "shutdown" | "overloaded"): void {
    for (const keyId of [...this.#byKey.keys()])
      for (const session of [...this.#byKey.get(keyId)]) session.close(reason);
  }

  /** A key that is absent is revoked, and comes back never again: also a session that is newer than this ends. */
  #judgeKey(keyId: number, access: Access | undefined): void {
    for (const session of [...this.#byKey.get(keyId)]) {
      if (!access?.scopes.includes("sms:read")) session.close("revoked");
      else if (access.version > session.judgedAt) session.accept(access);
    }
  }
}
