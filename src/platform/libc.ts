/** What the system can do and the runtime does not offer. */
import { dlopen } from "bun:ffi";

const FILE = process.platform === "darwin" ? "libSystem.B.dylib" : "libc.so.6";
const LOCK_EX_NB = 2 | 4;
const POLLERR = 0x08;
const MFD_CLOEXEC = 1;
const MFD_EXEC = 0x10;

/** Takes the exclusive lock of an open file, which the kernel keeps until the process ends. False: someone has it. */
export function lockFile(fd: number): boolean {
  const libc = dlopen(FILE, { flock: { args: ["i32", "i32"], returns: "i32" } });
  try {
    return libc.symbols.flock(fd, LOCK_EX_NB) === 0;
  } finally {
    libc.close();
  }
}

/**
 * A file in memory that nobody else has, as a descriptor, which a program may be loaded from. Throws where the system
 * allows none. Linux.
 */
export function memoryFile(name: string): number {
  const libc = dlopen(FILE, { memfd_create: { args: ["cstring", "u32"], returns: "i32" } });
  try {
    const text = Buffer.from(`${name}\0`);
    // Before Linux 6.3 there is no MFD_EXEC, and every such file may be loaded from.
    for (const flags of [MFD_CLOEXEC | MFD_EXEC, MFD_CLOEXEC]) {
      const fd = libc.symbols.memfd_create(text, flags);
      if (fd >= 0) return fd;
    }
    throw new Error("the system allows no files in memory");
  } finally {
    libc.close();
  }
}

/**
 * Calls `gone` once nobody is left to read what is written into this pipe. A write would tell, too, but may never come:
 * `CODE=$(inlet tail … | head -1)` has its line and would wait for the text after it. Returns what ends the watch.
 */
export function watchReader(fd: number, everyMs: number, gone: () => void): () => void {
  const libc = dlopen(FILE, { poll: { args: ["ptr", "u64", "i32"], returns: "i32" } });
  // struct pollfd: the descriptor, what is asked for (an error is always told), what was found.
  const question = new Int32Array([fd, 0]);
  const timer = setInterval(() => {
    const answer = libc.symbols.poll(question, 1, 0) === 1 ? new Int16Array(question.buffer)[3] : 0;
    if (((answer ?? 0) & POLLERR) === 0) return;
    clearInterval(timer);
    gone();
  }, everyMs);
  return () => {
    clearInterval(timer);
    libc.close();
  };
}

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
/** Of `sun_path`. */
const MAX_SOCKET_PATH = 107;

/**
 * Sends one datagram to a socket of this machine, or does nothing where nobody takes it. A path that starts with `@` is
 * a name without a file. Linux.
 */
export function sendDatagram(path: string, text: string): boolean {
  const name = Buffer.from(path.startsWith("@") ? `\0${path.slice(1)}` : path);
  if (process.platform !== "linux" || name.length === 0 || name.length > MAX_SOCKET_PATH) return false;
  const libc = dlopen(FILE, {
    socket: { args: ["i32", "i32", "i32"], returns: "i32" },
    sendto: { args: ["i32", "ptr", "u64", "i32", "ptr", "u32"], returns: "i64" },
    close: { args: ["i32"], returns: "i32" },
  });
  const { socket, sendto, close } = libc.symbols;
  const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  try {
    if (fd < 0) return false;
    const family = Buffer.alloc(2);
    family.writeUInt16LE(AF_UNIX);
    // A path ends with a NUL; a name has its length.
    const address = Buffer.concat([family, name, ...(path.startsWith("@") ? [] : [Buffer.alloc(1)])]);
    const bytes = Buffer.from(text);
    return Number(sendto(fd, bytes, bytes.length, 0, address, address.length)) === bytes.length;
  } finally {
    if (fd >= 0) close(fd);
    libc.close();
  }
}
