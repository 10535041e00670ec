/**
 * Loads libSQL's native part from the executable into the process. The runtime would unpack it into the folder for
 * temporary files under a name that others know, and trust what lies there: a file that a power cut left full of zeros,
 * or one that somebody else put there. A file in memory cannot be found, replaced or left behind. Where the system
 * allows no programs in memory, it is for a moment a file in a new folder of our own.
 */
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError } from "../errors.ts";
import { memoryFile } from "../platform/libc.ts";

const NAME = "inlet-libsql";
const DESCRIPTORS = "/proc/self/fd";

/** Returns what the library at `embedded` exports. Throws {@link CommandError} when it cannot be loaded from anywhere. */
export function loadNative(embedded: string): object {
  const refused: string[] = [];
  try {
    return load(findInMemory() ?? putInMemory(embedded));
  } catch (error) {
    refused.push(`memory: ${reason(error)}`);
  }
  for (const folder of new Set([tmpdir(), "/dev/shm", homedir()])) {
    try {
      return loadFromFolder(embedded, folder);
    } catch (error) {
      refused.push(`${folder}: ${reason(error)}`);
    }
  }
  throw new CommandError(
    `libSQL's native part can be loaded neither from memory nor from a folder (${refused.join("; ")})`,
  );
}

function load(path: string): object {
  const native = { exports: {} };
  process.dlopen(native, path);
  return native.exports;
}

/** The file that another thread of this process put in memory: all load the same one. */
function findInMemory(): string | null {
  for (const fd of readdirSync(DESCRIPTORS)) {
    const path = join(DESCRIPTORS, fd);
    if (linkOf(path).startsWith(`/memfd:${NAME}`)) return path;
  }
  return null;
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ""; // closed meanwhile
  }
}

function putInMemory(embedded: string): string {
  const path = join(DESCRIPTORS, String(memoryFile(NAME)));
  writeFileSync(path, readFileSync(embedded));
  return path;
}

/** The file is removed as soon as it is loaded. */
function loadFromFolder(embedded: string, parent: string): object {
  const folder = mkdtempSync(join(parent, ".inlet-"));
  try {
    const path = join(folder, `${NAME}.node`);
    writeFileSync(path, readFileSync(embedded), { mode: 0o700 });
    return load(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
}
