/** What the processes that serve a database are asked, and whether there may be any. */
import { type Answered, ask, type Question } from "../cluster/rollcall.ts";
import { localPath } from "../database/file/create.ts";
import { FileLock } from "../database/file/filelock.ts";
import type { Database } from "../database/open.ts";
import type { DatabaseConfig } from "../database/url.ts";

/** What each says, by its name; nothing where no process serves a file. Takes half a second, of a remote database more. */
export async function askServing(
  database: Database,
  { url }: DatabaseConfig,
  question: Question,
): Promise<Answered[]> {
  const path = localPath(url);
  if (path !== null && !FileLock.isHeldForLong(path)) return [];
  return ask(database, question, path === null);
}
