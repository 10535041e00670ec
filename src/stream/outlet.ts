/** The writing end of a stream's body: what waits for its socket, and how it ends. */

/** More than this and each idle stream costs 4 KB; the kernel takes no more for it (measured). */
const HIGH_WATER_BYTES = 256;
/** What may wait for one socket beyond the high-water mark, give or take one chunk. */
const BACKLOG_BYTES = 65_536;

export const STRATEGY = new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER_BYTES });

export class Outlet {
  /** Null before the runtime has started the body, and after its end: set to null first, so that it ends only once. */
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;

  open(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
  }

  get hasRoom(): boolean {
    return (this.#controller?.desiredSize ?? 0) > 0;
  }

  /** Whether something was written that the socket has not taken. */
  get hasBacklog(): boolean {
    return (this.#controller?.desiredSize ?? HIGH_WATER_BYTES) < HIGH_WATER_BYTES;
  }

  /** Whether more waits than may. */
  get isFull(): boolean {
    return (this.#controller?.desiredSize ?? HIGH_WATER_BYTES) < HIGH_WATER_BYTES - BACKLOG_BYTES;
  }

  /** False when nobody is there to read it. */
  write(chunk: Uint8Array): boolean {
    try {
      this.#controller?.enqueue(chunk);
      return true;
    } catch {
      return false; // errored or cancelled under us
    }
  }

  /** Ends behind what waits, and behind `last`. */
  end(last: Uint8Array): void {
    const controller = this.#controller;
    this.#controller = null;
    try {
      controller?.enqueue(last);
      controller?.close();
    } catch {
      // Its client has gone already.
    }
  }

  /** Ends at once: what waits is not sent. */
  cut(): void {
    const controller = this.#controller;
    this.#controller = null;
    controller?.error(new Error("the stream was cut"));
  }
}
