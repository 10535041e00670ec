/**
 * Fan-out: what the tail announces goes to every live subscriber that may see it. Subscribers with the same sight
 * are one audience and are handed the same bytes; a message costs nothing to the streams that do not see it.
 */
import type { News } from "../messages/changefeed.ts";
import type { Sight } from "../messages/page.ts";
import { Announced, Recent } from "./buffer.ts";
import { joinFrames } from "./sse.ts";
import type { Subscriber } from "./subscriber.ts";

class Audience {
  readonly key: string;
  readonly sight: Sight;
  readonly to: ReadonlySet<string> | null;
  /** Those that take chunks from the hub; the others page through the store by themselves. */
  readonly live = new Set<Subscriber>();

  constructor(key: string, sight: Sight) {
    this.key = key;
    this.sight = sight;
    this.to = sight.to && new Set(sight.to);
  }
}

export class Hub {
  readonly epoch: string;
  readonly recent: Recent;
  readonly #audiences = new Map<string, Audience>();
  readonly #byAccount = new Map<number, Set<Audience>>();
  #position: number;

  constructor(epoch: string, position: number) {
    this.epoch = epoch;
    this.#position = position;
    this.recent = new Recent(position);
  }

  /** Every live subscriber has been handed what it may see up to here. */
  get position(): number {
    return this.#position;
  }

  /** From now on the subscriber is handed what is announced; it has had everything up to {@link position}. */
  join(subscriber: Subscriber): void {
    const key = sightKey(subscriber.sight);
    let audience = this.#audiences.get(key);
    if (!audience) {
      audience = new Audience(key, subscriber.sight);
      this.#audiences.set(key, audience);
      for (const account of audience.sight.accounts) {
        const audiences = this.#byAccount.get(account);
        if (audiences) audiences.add(audience);
        else this.#byAccount.set(account, new Set([audience]));
      }
    }
    audience.live.add(subscriber);
  }

  leave(subscriber: Subscriber): void {
    const audience = this.#audiences.get(sightKey(subscriber.sight));
    if (!audience?.live.delete(subscriber) || audience.live.size > 0) return;
    this.#audiences.delete(audience.key);
    for (const account of audience.sight.accounts) {
      const audiences = this.#byAccount.get(account);
      audiences?.delete(audience);
      if (audiences?.size === 0) this.#byAccount.delete(account);
    }
  }

  /** What was deleted must not come from memory: replays go to the store for what lies before this moment. */
  forget(): void {
    this.recent.clear(this.#position);
  }

  /** Each message is encoded once, and each audience gets one chunk, in the order of seq. */
  announce({ messages, through }: News): void {
    const chunks = new Map<Audience, Uint8Array[]>();
    for (const stored of messages) {
      if (stored.account_id === null) continue;
      const announced = new Announced(this.epoch, stored, stored.account_id);
      this.recent.add(announced);
      for (const audience of this.#byAccount.get(stored.account_id) ?? []) {
        if (audience.to && !audience.to.has(stored.message.to)) continue;
        const frames = chunks.get(audience);
        if (frames) frames.push(announced.frame);
        else chunks.set(audience, [announced.frame]);
      }
    }
    this.#position = through;
    for (const [audience, frames] of chunks) {
      const chunk = joinFrames(frames);
      for (const subscriber of audience.live) subscriber.deliver(chunk);
    }
  }
}

/** Numbers hold no comma and no bar, so different sights have different keys. */
function sightKey({ accounts, to }: Sight): string {
  return to === null ? accounts.join() : `${accounts.join()}|${to.join()}`;
}
