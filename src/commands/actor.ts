/** Who gives the command that runs: what it changes is written down under that name. */
import { userInfo } from "node:os";
import { readSudoUser } from "../config/config.ts";
import type { Actor } from "../database/audit.ts";

let running = "";

/** Its name, such as `keys revoke`: nothing of what was given to it. */
export function commandBegins(name: string): void {
  running = name;
}

export function currentActor(): Actor {
  const caller = readSudoUser();
  const user = userName();
  return { user: caller === null ? user : `${caller} as ${user}`, command: running };
}

/** In a container a user may have a number only. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "unknown");
  }
}
