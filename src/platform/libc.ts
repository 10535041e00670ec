/** What the system can do and the runtime does not offer. */
import { dlopen } from "bun:ffi";

const FILE = process.platform === "darwin" ? "libSystem.B.dylib" : "libc.so.6";
const LOCK_EX_NB = 2 | 4;
const POLLERR = 0x08;

/** Takes the exclusive lock of an open file, which the kernel keeps until the process ends. False: someone has it. */
export function lockFile(fd: number): boolean {
  const libc = dlopen(FILE, { flock: { args: ["i32", "i32"], returns: "i32" } });
  try {
    return libc.symbols.flock(fd, LOCK_EX_NB) === 0;
  } finally {
    libc.close();
  }
}

/** Calls `gone` once nobody is left to read what is written into this pipe. Returns what ends the watch. */
export function watchReader(fd: number, everyMs: number, gone: () => void): () => void {
  const libc = dlopen(FILE, { poll: { args: ["ptr", "u64", "i32"], returns: "i32" } });
  // struct pollfd: the descriptor, what is asked for (an error is always told), what was found.
  const asked = new Int32Array([fd, 0]);
  const timer = setInterval(() => {
    const found = libc.symbols.poll(asked, 1, 0) === 1 ? new Int16Array(asked.buffer)[3] : 0;
    if (((found ?? 0) & POLLERR) === 0) return;
    clearInterval(timer);
    gone();
  }, everyMs);
  return () => {
    clearInterval(timer);
    libc.close();
  };
}
