/**
 * Several processes that listen on one port (SO_REUSEPORT): the kernel gives each new connection to one of them, and
 * resets those that wait for one that closes. So the one that ends first lets the kernel give all to its successor.
 */
import { dlopen, ptr } from "bun:ffi";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const SOL_SOCKET = 1;
const SO_ATTACH_REUSEPORT_CBPF = 51;
/** Of classic BPF: `return k`. */
const BPF_RET_K = 0x06;
/** The sockets of a port are counted from 0, in the order in which they began to listen. */
const SUCCESSOR = 1;
const LISTENS = "0A";

/**
 * From now on new connections go to the process that began to listen on this port after this one; where there is none,
 * nothing changes. False where the system does not do it. Linux.
 */
export function handOverPort(port: number): boolean {
  const fd = listeningDescriptor(port);
  if (fd === null) return false;
  const program = Buffer.alloc(8);
  program.writeUInt16LE(BPF_RET_K, 0);
  program.writeUInt32LE(SUCCESSOR, 4);
  // struct sock_fprog: how many instructions, and where they are.
  const described = Buffer.alloc(16);
  described.writeUInt16LE(1, 0);
  described.writeBigUInt64LE(BigInt(ptr(program)), 8);
  const libc = dlopen("libc.so.6", {
    setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  });
  try {
    const { setsockopt } = libc.symbols;
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, described, described.length) === 0;
  } finally {
    libc.close();
  }
}

/** Looks through this process's descriptors: a millisecond for each thousand. */
function listeningDescriptor(port: number): number | null {
  try {
    const wanted = new Set(["tcp", "tcp6"].flatMap((table) => socketsAt(`/proc/self/net/${table}`, port)));
    for (const fd of readdirSync("/proc/self/fd")) {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/self/fd/${fd}`))?.[1];
      if (inode !== undefined && wanted.has(inode)) return Number(fd);
    }
  } catch {
    // Not Linux, or without /proc.
  }
  return null;
}

/** The inodes of those that listen on it: `sl local_address rem_address st … uid timeout inode`. */
function socketsAt(table: string, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return readFileSync(table, "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(`:${hex}`) && state === LISTENS)
    .flatMap((fields) => fields[9] ?? []);
}

/** Empty for one that was closed meanwhile. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
