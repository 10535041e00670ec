/** A Debian package: the executable, a user, a folder for its state, a hardened unit and the shell's completion. */
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { $ } from "bun";

export interface PackageOptions {
  readonly arch: "x64" | "arm64";
  readonly executable: string;
  readonly version: string;
  /** Seconds since 1970: every file is of that time, so that the same commit gives the same bytes. */
  readonly committedAt: number;
  /** Packing takes half a minute. */
  readonly compression?: "gzip" | "none";
  /** A folder for what is made on the way. */
  readonly work: string;
  /** Where it goes, as `inlet_VERSION_ARCH.deb`. */
  readonly folder: string;
}

const DEBIAN_ARCH = { x64: "amd64", arm64: "arm64" } as const;

/** Throws where dpkg-deb is missing. */
export async function makePackage(options: PackageOptions): Promise<string> {
  const { arch, executable, version, committedAt, work, folder, compression = "gzip" } = options;
  if (!Bun.which("dpkg-deb")) throw new Error("a .deb is made by dpkg-deb: apt-get install dpkg");
  const tree = join(work, `deb-${arch}`);
  const put = (path: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(join(tree, path)), { recursive: true, mode: 0o755 });
    writeFileSync(join(tree, path), text);
    chmodSync(join(tree, path), mode);
  };
  const name = `inlet_${version}_${DEBIAN_ARCH[arch]}`;
  put("DEBIAN/control", control(version, DEBIAN_ARCH[arch]));
  put("DEBIAN/conffiles", "/etc/inlet/inlet.env\n");
  put("DEBIAN/postinst", POSTINST, 0o755);
  put("DEBIAN/prerm", PRERM, 0o755);
  put("usr/lib/sysusers.d/inlet.conf", 'u inlet - "Inlet" /var/lib/inlet\n');
  put("usr/lib/systemd/system/inlet@.service", await said("systemd", "--binary", "/usr/bin/inlet"));
  put("etc/inlet/inlet.env", await said("help", "environment", "--env-file"), 0o640);
  put("usr/share/doc/inlet/copyright", await Bun.file(join(import.meta.dir, "../../LICENSE")).text());
  mkdirSync(join(tree, "usr/bin"), { recursive: true });
  copyFileSync(executable, join(tree, "usr/bin/inlet"));
  chmodSync(join(tree, "usr/bin/inlet"), 0o755);
  const out = join(folder, `${name}.deb`);
  await $`find ${tree} -exec touch -h -d @${committedAt} {} +`.quiet();
  await $`SOURCE_DATE_EPOCH=${committedAt} dpkg-deb --root-owner-group -Z${compression} --build ${tree} ${out}`.quiet();
  rmSync(tree, { recursive: true });
  return out;
}

/** What Inlet itself prints: from its source, whichever processor this machine has. */
async function said(...args: string[]): Promise<string> {
  return $`bun ${join(import.meta.dir, "../main.ts")} ${args}`.quiet().text();
}

function control(version: string, arch: string): string {
  return `Package: inlet
Version: ${version}
Architecture: ${arch}
Maintainer: Inlet <inlet@localhost>
Section: net
Priority: optional
Depends: libc6 (>= 2.31)
Recommends: ca-certificates
Description: your own inbound-SMS stream
 Takes Telnyx's signed webhooks, keeps each text, and pushes it over
 server-sent events to whoever holds an API key for that number.
`;
}

/** It starts nothing by itself: there is no public key yet, and no account. */
const POSTINST = `#!/bin/sh
set -e
if [ "$1" = configure ]; then
  if command -v systemd-sysusers >/dev/null; then systemd-sysusers inlet.conf; else
    getent passwd inlet >/dev/null || useradd --system --home-dir /var/lib/inlet --shell /usr/sbin/nologin inlet
  fi
  chown root:inlet /etc/inlet/inlet.env
  if [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi
fi
`;

const PRERM = `#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then systemctl stop 'inlet@*.service' || true; fi
`;
