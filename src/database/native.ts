/**
 * libSQL's native part, out of the executable and into the process. The runtime would unpack it into a folder for
 * temporary files under a name that others know, and believe what lies there: a file that a power cut left full of
 * zeros, or one that somebody else put there. From memory there is nothing to find, to believe or to leave behind.
 * Where the system allows no programs in memory, it is a file in a new folder of our own, for as long as it takes.
 */
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError } from "../errors.ts";
import { memoryFile } from "../platform/libc.ts";

const NAME = "inlet-libsql";
const DESCRIPTORS = "/proc/self/fd";

/** What the library at `embedded`, in the executable, exports. Throws {@link CommandError} where it can be loaded nowhere. */
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

/** What another thread of this process put there: all load the same. */
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

/** Once it is loaded its file is needed no more. */
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
