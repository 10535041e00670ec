/** A server whose database holds an account with a number from the start, and which no process of the test has opened. */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { emptyFolder } from "./cleanup.ts";
import { addTenantByCommands, type Server, type ServerOptions, startServer } from "./server.ts";

/** To whom the texts go. */
export const PREPARED_NUMBER = "+14155559999";

let preparing: Promise<string> | null = null;

export async function startPrepared(options: ServerOptions = {}): Promise<Server> {
  return startServer({ ...options, folder: await preparedFolder(options.folder) });
}

/** The database is made once by commands, which are a process each, and copied for each that asks. */
export async function preparedFolder(folder = emptyFolder()): Promise<string> {
  preparing ??= prepare();
  copyFileSync(join(await preparing, "inlet.db"), join(folder, "inlet.db"));
  return folder;
}

async function prepare(): Promise<string> {
  const folder = emptyFolder();
  await addTenantByCommands(folder, PREPARED_NUMBER);
  return folder;
}
