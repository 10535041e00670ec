/** Where the database lies: whether it can be written there, and for how long. */
import { accessSync, constants, existsSync, readdirSync, readFileSync, statfsSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { unusable } from "../../database/diagnosis.ts";
import { localPath } from "../../database/file/create.ts";
import { databaseUrlFault } from "../../database/url.ts";
import { CommandError, errorCode } from "../../errors.ts";
import { type Examination, Unknown } from "./deps.ts";
import { type Found, failed, ok, skipped, warning } from "./finding.ts";

const MIN_FREE = 20_000_000;
const LOW_FREE = 100_000_000;
const LOW_SHARE = 0.05;

/** Nothing is written for it: what may be done is asked of the system, for the user that asks. */
export async function databaseWritable(examination: Examination): Promise<Found> {
  const path = pathOf(examination);
  if (path === null) return remoteWritable(examination);
  const folder = dirname(path);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    return failed(
      `the folder ${folder} of the database is not there`,
      `mkdir -p ${folder}, owned by the service's user; or set DATABASE_URL`,
    );
  const { W_OK, R_OK, X_OK } = constants;
  const file = statSync(path, { throwIfNoEntry: false });
  if (file && !file.isFile())
    return failed(`${path} is no file`, "name another file with DATABASE_URL, or move this away");
  const user = userName();
  const barred = [
    ...refusal(folder, W_OK | X_OK),
    // The log and its index may be another user's: of one who ran a command.
    ...(file ? beside(folder, basename(path)).flatMap((each) => refusal(each, R_OK | W_OK)) : []),
  ];
  if (barred.length === 0)
    return ok(`${user} may write ${file ? path : `in ${folder}; the file is not there yet`}`);
  return failed(
    `${user} may not write ${barred.map(({ path, code }) => `${path} (${code})`).join(", ")}`,
    `as root: chown ${user} ${barred.map(({ path }) => path).join(" ")}; or run doctor as the service's user. EROFS means that the disk is mounted read-only`,
    { user, paths: barred.map(({ path }) => path) },
  );
}

export function diskFree(examination: Examination): Found {
  const path = pathOf(examination);
  if (path === null) return skipped("the database is on another machine");
  const folder = dirname(path);
  if (!existsSync(folder)) return skipped(`the folder ${folder} is not there`);
  const { bavail, blocks, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const share = blocks === 0 ? 1 : bavail / blocks;
  const said = `${megabytes(free)} (${(share * 100).toFixed(0)} %) of the disk of ${folder} are free`;
  const details = { free_bytes: free, total_bytes: blocks * bsize };
  const mend = `make room on it, or move the database: see what takes it with du -xh ${folder} | sort -h | tail`;
  if (free < MIN_FREE) return failed(`${said}: soon no text can be stored`, mend, details);
  if (free < LOW_FREE || share < LOW_SHARE) return warning(said, mend, details);
  return ok(said, details);
}

/** Null for a remote database. Throws {@link Unknown}. */
function pathOf({ deps: { config } }: Examination): string | null {
  if (databaseUrlFault(config.database.url)) throw new Unknown("DATABASE_URL names no database");
  const path = localPath(config.database.url);
  return path === null ? null : resolve(path);
}

/** A statement that may write, and changes no row. */
async function remoteWritable(examination: Examination): Promise<Found> {
  await examination.ourTables();
  try {
    await examination.look().tryWriting?.();
    return ok("the database's server lets us write");
  } catch (error) {
    const known = unusable(examination.deps.config.database, error);
    const why =
      known instanceof CommandError
        ? known.message
        : `the database's server lets us not write (${errorCode(error) ?? "no reason given"})`;
    return failed(why, "check DATABASE_AUTH_TOKEN, which must allow writing, and the server");
  }
}

/** The database and what lies beside it by its name. */
function beside(folder: string, name: string): string[] {
  const names = ["", "-wal", "-shm", "-lock"].map((suffix) => name + suffix);
  const present = new Set(readdirSync(folder));
  return names.filter((each) => present.has(each)).map((each) => join(folder, each));
}

function refusal(path: string, mode: number): { path: string; code: string }[] {
  try {
    accessSync(path, mode);
    return [];
  } catch (error) {
    return [{ path, code: errorCode(error) ?? "no reason given" }];
  }
}

/** Whoever runs this check; the number where the name is not known. */
function userName(): string {
  const id = String(process.getuid?.() ?? "");
  try {
    const lines = readFileSync("/etc/passwd", "utf8").split("\n");
    return lines.find((line) => line.split(":")[2] === id)?.split(":")[0] ?? id;
  } catch {
    return id;
  }
}

function megabytes(bytes: number): string {
  return bytes >= 10_000_000_000 ? `${Math.round(bytes / 1e9)} GB` : `${Math.round(bytes / 1e6)} MB`;
}
