/** What can be taken for a copy: one file, which is all of it. */
import { statSync } from "node:fs";
import { CommandError } from "../../errors.ts";

/** Throws {@link CommandError}. */
export function refuseUnfinished(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found)
    throw new CommandError(`${file} does not exist: name a copy that inlet database backup has made`);
  if (!found.isFile()) throw new CommandError(`${file} is no file`);
  for (const end of ["-wal", "-journal"]) {
    if ((statSync(`${file}${end}`, { throwIfNoEntry: false })?.size ?? 0) === 0) continue;
    throw new CommandError(
      `${file} is not whole without ${file}${end}: make a copy of both with DATABASE_URL=file:${file} inlet database backup OTHER, and use that`,
    );
  }
}
