/** What a release consists of, made of the executable that the tests have. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import manifest from "../package.json" with { type: "json" };
import { makePackage } from "../src/release/deb.ts";
import { billOfMaterials } from "../src/release/materials.ts";
import { binary, ROOT } from "./harness/binary.ts";
import { emptyFolder, stopEverything } from "./harness/cleanup.ts";
import { testWith } from "./harness/programs.ts";
import { blockWith } from "./manual/blocks.ts";

setDefaultTimeout(120_000);
afterAll(stopEverything);

const run = (...command: string[]) => {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command);
  if (exitCode !== 0) throw new Error(`${command[0]} ended with ${exitCode}: ${stderr.toString()}`);
  return stdout.toString();
};

testWith("dpkg-deb", "dpkg")("the package has the executable, a user, a unit and its settings", async () => {
  const folder = emptyFolder();
  const deb = await makePackage({
    arch: "x64",
    executable: await binary(),
    version: manifest.version,
    committedAt: 1_700_000_000,
    compression: "none",
    work: folder,
    folder,
  });
  const listed = run("dpkg-deb", "-c", deb);
  for (const path of ["usr/bin/inlet", "etc/inlet/inlet.env", "usr/lib/systemd/system/inlet@.service"])
    expect(listed).toMatch(new RegExp(`root/root .* 2023-11-14 .* ./${path}\n`));
  expect(run("dpkg-deb", "-f", deb, "Package", "Version", "Architecture")).toBe(
    `Package: inlet\nVersion: ${manifest.version}\nArchitecture: amd64\n`,
  );
  run("dpkg-deb", "-x", deb, join(folder, "root"));
  const unit = await Bun.file(join(folder, "root/usr/lib/systemd/system/inlet@.service")).text();
  expect(unit).toContain("ExecStart=/usr/bin/inlet serve");
  expect(unit).toContain("User=inlet");
  expect(existsSync(join(folder, "root/usr/lib/sysusers.d/inlet.conf"))).toBe(true);
  expect(run(join(folder, "root/usr/bin/inlet"), "--version")).toContain(manifest.version);
});

test("the README's way to install what was downloaded", async () => {
  const folder = emptyFolder();
  const packed = gzipSync(await Bun.file(await binary()).bytes(), { level: 1 });
  await Bun.write(join(folder, "inlet-linux-x64.gz"), packed);
  const sum = new Bun.CryptoHasher("sha256").update(packed).digest("hex");
  await Bun.write(join(folder, "SHA256SUMS"), `${sum}  inlet-linux-x64.gz\n${sum}  inlet-linux-arm64.gz\n`);
  const block = await blockWith("README.md", "sha256sum");
  const here = block
    .replace("sudo install", "install")
    .replace("/usr/local/bin/inlet", join(folder, "inlet"));
  const { exitCode } = Bun.spawnSync(["sh", "-ec", here], { cwd: folder, stderr: "inherit" });
  expect(exitCode).toBe(0);
  expect(run(join(folder, "inlet"), "--version")).toContain(manifest.version);
});

test("the bill of materials names what is in the executable, with its licence, and nothing of development", () => {
  const bill = JSON.parse(billOfMaterials(ROOT, "0123456789ab")) as {
    components: { group?: string; name: string; version: string; licenses?: unknown[] }[];
  };
  const names = bill.components.map(({ group, name }) => (group ? `${group}/${name}` : name));
  expect(names).toEqual(expect.arrayContaining(Object.keys(manifest.dependencies)));
  for (const name of ["typescript", "playwright-core", "fast-check"]) expect(names).not.toContain(name);
  for (const { name, licenses } of bill.components) expect(licenses?.length, name).toBeGreaterThan(0);
});
