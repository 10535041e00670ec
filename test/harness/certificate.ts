/** A certificate that nobody else trusts, for localhost and 127.0.0.1 or for other names, made by openssl. */
import { join } from "node:path";
import { emptyFolder } from "./cleanup.ts";
import type { Env } from "./cli.ts";

export interface Certificate {
  /** Paths of PEM files. */
  readonly cert: string;
  readonly key: string;
  /** The variables that make a server use it. */
  readonly env: Env;
}

export function selfSigned(days = 30, names = "DNS:localhost,IP:127.0.0.1"): Certificate {
  const folder = emptyFolder();
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const { exitCode, stderr } = Bun.spawnSync([
    ...["openssl", "req", "-x509", "-nodes", "-days", `${days}`, "-subj", "/CN=localhost"],
    ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
    ...["-addext", `subjectAltName=${names}`, "-out", cert, "-keyout", key],
  ]);
  if (exitCode !== 0) throw new Error(`openssl made no certificate: ${stderr.toString()}`);
  return { cert, key, env: { TLS_CERT: cert, TLS_KEY: key } };
}
