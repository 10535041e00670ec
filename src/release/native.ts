/** libSQL's native part for a processor, whichever this machine has: from the registry, held to the lock file's hash. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { $ } from "bun";

const REGISTRY = "https://registry.npmjs.org";
const LOCK = join(import.meta.dir, "../../bun.lock");
const MEMBER = "package/index.node";

/** Returns the path of a file below `folder`. Throws when it cannot be had, or is not what the lock file names. */
export async function nativePart(arch: "x64" | "arm64", folder: string): Promise<string> {
  const name = `linux-${arch}-gnu`;
  const lock = await Bun.file(LOCK).text();
  const entry = new RegExp(`"@libsql/${name}": \\["@libsql/${name}@([^"]+)".*"(sha512-[^"]+)"\\]`).exec(lock);
  const [, version, integrity] = entry ?? [];
  if (!version || !integrity) throw new Error(`bun.lock names no @libsql/${name}`);
  const response = await fetch(`${REGISTRY}/@libsql/${name}/-/${name}-${version}.tgz`);
  if (!response.ok) throw new Error(`the registry answered ${response.status} for @libsql/${name}`);
  const archive = new Uint8Array(await response.arrayBuffer());
  const found = `sha512-${createHash("sha512").update(archive).digest("base64")}`;
  if (found !== integrity) throw new Error(`@libsql/${name} is not what bun.lock names`);
  const tar = join(folder, `${name}.tgz`);
  writeFileSync(tar, archive);
  // Every name is the same: what is built must not depend on where.
  const home = join(folder, name);
  await $`mkdir -p ${home} && tar -xzf ${tar} -C ${home} --strip-components=1 ${MEMBER} && rm ${tar}`.quiet();
  return join(home, "index.node");
}
