/**
 * Pages for the subscribers that are behind. All share one budget of time, so that a herd that comes back delays
 * nobody's heartbeat; most are served from memory, the others from the store.
 */
import type { Read } from "../database/result.ts";
import { errorFields, log } from "../log/log.ts";
import { readPage } from "../messages/page.ts";
import { matches } from "../messages/visibility.ts";
import { Tally } from "../platform/tally.ts";
import type { Hub } from "./hub.ts";
import type { Scheduler } from "./scheduler.ts";
import { joinFrames, messageFrame } from "./sse.ts";
import type { Subscriber } from "./subscriber.ts";

/** What is handed to one socket at once, give or take one frame. */
const CHUNK_BYTES = 256 * 1024;
/** Pages from memory: about what a page from the store holds. */
const MEMORY_PAGE = 200;

export class Replays {
  /** Pages, by where they came from. */
  readonly pages = new Tally(["memory", "store"]);
  readonly #read: Read;
  readonly #hub: Hub;
  readonly #scheduler: Scheduler;

  constructor(read: Read, hub: Hub, scheduler: Scheduler) {
    this.#read = read;
    this.#hub = hub;
    this.#scheduler = scheduler;
  }

  want = (subscriber: Subscriber): void => {
    if (subscriber.awaitsPage) return;
    subscriber.awaitsPage = true;
    void this.#scheduler.run(subscriber.accountId, () => this.#serve(subscriber));
  };

  async #serve(subscriber: Subscriber): Promise<void> {
    try {
      if (subscriber.isBehind) await this.#page(subscriber);
    } catch (error) {
      log.error("a replay could not be read", errorFields(error));
      subscriber.close("overloaded");
    }
    subscriber.awaitsPage = false;
    // Its socket has room for more; otherwise the runtime pulls when it has.
    if (subscriber.isBehind && subscriber.hasRoom) this.want(subscriber);
  }

  async #page(subscriber: Subscriber): Promise<void> {
    const { replayBuffer, position, epoch, show } = this.#hub;
    const { cursor, filter } = subscriber;
    // Memory does not know what retention has removed.
    if (cursor >= Math.max(replayBuffer.since, filter.prunedThrough ?? 0)) {
      this.pages.add("memory");
      const found = replayBuffer.after(cursor, filter, MEMORY_PAGE);
      const through = found.length === MEMORY_PAGE ? (found.at(-1)?.seq ?? position) : position;
      return give(subscriber, found, through);
    }
    this.pages.add("store");
    const { messages, through, prunedThrough } = await readPage(this.#read, filter, cursor, position);
    // Retention went over it meanwhile. It ends as streams do, comes back with its cursor, and is told of the gap.
    if (prunedThrough > Math.max(cursor, filter.prunedThrough ?? 0)) return subscriber.close("max_duration");
    // Held against what it may see now: that may have become less while the page was read. What it has become more by
    // counts from a later position than this page's end, so the page leaves nothing out.
    const frames = messages
      .filter((stored) => matches(subscriber.filter, stored))
      .map((stored) => ({ seq: stored.seq, frame: messageFrame(epoch, stored, show) }));
    give(subscriber, frames, through);
  }
}

/** As many of the frames as a chunk may hold; `through` is where they all end. */
function give(
  subscriber: Subscriber,
  found: readonly { seq: number; frame: Uint8Array }[],
  through: number,
): void {
  const frames: Uint8Array[] = [];
  let bytes = 0;
  for (const { seq, frame } of found) {
    frames.push(frame);
    bytes += frame.byteLength;
    if (bytes >= CHUNK_BYTES) return subscriber.take(joinFrames(frames), seq);
  }
  subscriber.take(frames.length > 0 ? joinFrames(frames) : null, through);
}
