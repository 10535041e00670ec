/** A disk that fails on request: a library in C, compiled here, which the executable is started with. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { emptyFolder } from "./cleanup.ts";
import type { Env } from "./cli.ts";
import { testWith } from "./programs.ts";

/** For tests that need one. */
export const diskTest = testWith("gcc", "gcc");

/** Of `errno.h`; a short write takes half of its bytes. */
export const ERRNO = { EIO: 5, ENOSPC: 28, EROFS: 30, short: 0 } as const;

export interface DiskFault {
  readonly call: "sync" | "write" | "open" | "truncate";
  readonly error: keyof typeof ERRNO;
  /** From the first such call on a file whose name ends so, or holds what follows a star, counted from 1, … */
  readonly first?: number;
  readonly suffix: string;
  /** … so many fail; all by default. */
  readonly count?: number;
}

export interface Disk {
  /** Starts a process over it. */
  readonly env: Env;
  /** From now on these calls fail, and no others. */
  readonly fail: (...faults: readonly DiskFault[]) => void;
  /** Whether one has failed since {@link fail}. */
  readonly hasFired: () => boolean;
  /** A folder with what each file of the database had when it was last synced. */
  readonly synced: string;
}

/** With `keepsSynced` what is synced is kept apart, for a loss of power. */
export function failingDisk(keepsSynced = false): Disk {
  const library = compiled("disk");
  const folder = emptyFolder();
  const file = join(folder, "faults");
  const synced = join(folder, "synced");
  if (keepsSynced) mkdirSync(synced);
  let count = 0;
  const fail = (...faults: readonly DiskFault[]) => {
    const lines = faults.map(
      ({ call, error, suffix, first = 1, count = 1_000_000 }) =>
        `${call} ${ERRNO[error]} ${first} ${count} ${suffix}\n`,
    );
    rmSync(`${file}.fired`, { force: true });
    const next = `${file}.${++count}`;
    writeFileSync(next, lines.join(""));
    renameSync(next, file);
  };
  return {
    env: { LD_PRELOAD: library, DISK_FILE: file, ...(keepsSynced ? { DISK_SYNCED: synced } : {}) },
    fail,
    hasFired: () => existsSync(`${file}.fired`),
    synced,
  };
}

/** Starts a process for which every disk has so many bytes in all, and so many free. */
export function smallDisk(freeBytes: number, fullBytes: number): Env {
  const LD_PRELOAD = compiled("smalldisk");
  return { LD_PRELOAD, FREE_BYTES: String(freeBytes), FULL_BYTES: String(fullBytes) };
}

export interface StallingDisk {
  readonly env: Env;
  /** From now on each sync takes half a second … */
  readonly stall: () => void;
  /** … and no longer. */
  readonly goOn: () => void;
}

export function stallingDisk(): StallingDisk {
  const file = join(emptyFolder(), "stalling");
  return {
    env: { LD_PRELOAD: compiled("stall"), STALL_FILE: file },
    stall: () => writeFileSync(file, ""),
    goOn: () => rmSync(file, { force: true }),
  };
}

const libraries = new Map<string, string>();

/** The library of this name beside this file. */
function compiled(name: string): string {
  const known = libraries.get(name);
  if (known !== undefined) return known;
  const path = join(emptyFolder(), `${name}.so`);
  const source = join(import.meta.dir, `${name}.c`);
  const { exitCode, stderr } = Bun.spawnSync([
    ...["gcc", "-shared", "-fPIC", "-O1", "-o", path, source, "-ldl"],
  ]);
  if (exitCode !== 0) throw new Error(`${name}.c could not be compiled: ${stderr.toString()}`);
  libraries.set(name, path);
  return path;
}
