/**
 * `bun run release`: into dist/release the executables for Linux on x64 and arm64, packed, a .deb of each, a list of what
 * is in them (CycloneDX), and SHA256SUMS over all. The same commit gives the same bytes, in a folder of the same name: the bundler orders what it packs by its path.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { constants, gzipSync } from "node:zlib";
import { $ } from "bun";
import manifest from "../package.json" with { type: "json" };
import { makePackage } from "./release/deb.ts";
import { billOfMaterials } from "./release/materials.ts";
import { nativePart } from "./release/native.ts";

const ROOT = join(import.meta.dir, "..");
const OUT = join(ROOT, "dist/release");
const BUILD = join(import.meta.dir, "build.ts");

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
const commit = (await $`git -C ${ROOT} rev-parse --short=12 HEAD`.text()).trim();
const committedAt = Number((await $`git -C ${ROOT} show -s --format=%ct HEAD`.text()).trim());

for (const arch of ["x64", "arm64"] as const) {
  // What a build leaves beside its executable is no part of a release.
  const work = join(OUT, "work");
  mkdirSync(work);
  const executable = join(work, "inlet");
  const options = ["--arch", arch, "--outfile", executable, "--native", await nativePart(arch, work)];
  await $`INLET_COMMIT=${commit} bun ${BUILD} ${options}`.cwd(ROOT).quiet();
  await makePackage({ arch, executable, version: manifest.version, committedAt, work, folder: OUT });
  const packed = gzipSync(readFileSync(executable), { level: constants.Z_BEST_COMPRESSION });
  writeFileSync(join(OUT, `inlet-linux-${arch}.gz`), packed);
  rmSync(work, { recursive: true });
}
writeFileSync(join(OUT, "inlet.cdx.json"), billOfMaterials(ROOT, commit));

const sums = readdirSync(OUT)
  .filter((name) => /\.(gz|deb|json)$/.test(name))
  .sort()
  .map(
    (name) =>
      `${createHash("sha256")
        .update(readFileSync(join(OUT, name)))
        .digest("hex")}  ${name}\n`,
  );
writeFileSync(join(OUT, "SHA256SUMS"), sums.join(""));
process.stdout.write(sums.join(""));
