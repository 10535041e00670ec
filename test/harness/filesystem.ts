/** A file system of its own in memory, where this user may mount one: so small that it can be filled. */
import { atTheEnd, emptyFolder } from "./cleanup.ts";

/** Its folder; null where none can be mounted. */
export function ownFileSystem(megabytes: number): string | null {
  const folder = emptyFolder();
  const { exitCode } = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder], {
    stderr: "ignore",
  });
  if (exitCode !== 0) return null;
  atTheEnd(() => Bun.spawnSync(["umount", "-l", folder]));
  return folder;
}
