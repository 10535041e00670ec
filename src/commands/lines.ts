/**
 * Lines on standard output for a command that goes on: while nobody reads them the event loop turns, signals are
 * heard, and nothing is taken for written that is not.
 */
import fs from "node:fs";
import { CommandError, errorCode } from "../errors.ts";
import { OutputClosed } from "./output.ts";

const STDOUT = 1;
/** Between two looks into a full pipe that does not wait by itself. */
const FULL_MS = 10;
/** What is being written when the end is asked for is as good as written, unless nobody reads. */
const GRACE_MS = 500;

/**
 * True once all of it is written; false when it was not soon after `stop`, and some of it may be. Throws
 * {@link OutputClosed}, or `CommandError` when it cannot be written.
 */
export async function writeLine(text: string, stop: AbortSignal): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>();
  const isLate = { yet: false };
  let timer: Timer | undefined;
  const halt = () => {
    timer = setTimeout(() => {
      isLate.yet = true;
      resolve(false);
    }, GRACE_MS);
  };
  if (stop.aborted) halt();
  else stop.addEventListener("abort", halt, { once: true });
  try {
    return await Promise.race([writeAll(Buffer.from(`${text}\n`), isLate), late]);
  } finally {
    stop.removeEventListener("abort", halt);
    clearTimeout(timer);
  }
}

async function writeAll(bytes: Buffer, isLate: { readonly yet: boolean }): Promise<boolean> {
  for (let at = 0; at < bytes.length; ) {
    if (isLate.yet) return false;
    try {
      at += await write(bytes.subarray(at));
    } catch (cause) {
      const code = errorCode(cause);
      if (code === "EPIPE") throw new OutputClosed("nobody reads the output", { cause });
      if (code !== "EAGAIN")
        throw new CommandError(`the output cannot be written: ${code ?? String(cause)}`, { cause });
      await Bun.sleep(FULL_MS);
    }
  }
  return true;
}

function write(bytes: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.write(STDOUT, bytes, (error, written) => (error ? reject(error) : resolve(written)));
  });
}
