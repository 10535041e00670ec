/** Where the log's lines go: written in order and apart from what serves, and kept in memory within a bound. */
import fs from "node:fs";
import { errorCode } from "../errors.ts";
import { withDeadline } from "../platform/deadline.ts";

export interface LogOutputOptions {
  /** Resolves to how many bytes were written, which may take as long as nobody reads. */
  readonly write?: (bytes: Buffer) => Promise<number>;
  /** Says in a line of the log how many lines were dropped. */
  readonly onDropped: (count: number) => void;
}

/** Characters that wait for a reader: some thousand lines. */
const MAX_WAITING = 1024 * 1024;
/** Between two attempts at a pipe that is full and does not wait by itself, or a full disk. */
const AGAIN_MS = 50;
/** How long what waits may take at the end. */
const END_MS = 500;

export class LogOutput {
  readonly #write: (bytes: Buffer) => Promise<number>;
  readonly #onDropped: (count: number) => void;
  /** Not begun to be written. */
  #waiting: string[] = [];
  #length = 0;
  #dropped = 0;
  /** Null while nothing is being written. */
  #writing: Promise<void> | null = null;
  /** Whoever read has gone: nothing is kept for anybody. */
  #isClosed = false;

  constructor(fd: number, { write = writerOf(fd), onDropped }: LogOutputOptions) {
    this.#write = write;
    this.#onDropped = onDropped;
  }

  line(text: string): void {
    if (this.#isClosed) return;
    if (this.#length + text.length > MAX_WAITING) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(text);
    this.#length += text.length;
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when everything is written, or soon when nobody reads it. */
  async end(): Promise<void> {
    const late = () => new Error("nobody reads the log");
    await withDeadline(this.#writing ?? Promise.resolve(), END_MS, late).catch(() => undefined);
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#isClosed) {
      const bytes = Buffer.from(this.#waiting.join(""));
      this.#waiting = [];
      this.#length = 0;
      await this.#writeOne(bytes);
      const dropped = this.#dropped;
      this.#dropped = 0;
      if (dropped > 0) this.#onDropped(dropped);
    }
    this.#writing = null;
  }

  async #writeOne(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      try {
        at += await this.#write(bytes.subarray(at));
      } catch (error) {
        const code = errorCode(error);
        if (code === "EAGAIN" || code === "ENOSPC") await Bun.sleep(AGAIN_MS);
        else {
          this.#isClosed = true;
          return;
        }
      }
    }
  }
}

function writerOf(fd: number) {
  return (bytes: Buffer): Promise<number> =>
    new Promise((resolve, reject) => {
      fs.write(fd, bytes, (error, written) => (error ? reject(error) : resolve(written)));
    });
}
