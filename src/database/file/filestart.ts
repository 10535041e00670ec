/** The beginning of a file, without the engine. */
import { closeSync, existsSync, openSync, readSync } from "node:fs";

/** At most `bytes` bytes; none when there is no such file. Drops the locks that this process has on it. */
export function readStart(path: string, bytes: number): Buffer {
  if (!existsSync(path)) return Buffer.alloc(0);
  const fd = openSync(path, "r");
  try {
    const start = Buffer.alloc(bytes);
    return start.subarray(0, readSync(fd, start, 0, bytes, 0));
  } finally {
    closeSync(fd);
  }
}
