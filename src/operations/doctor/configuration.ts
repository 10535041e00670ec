/** What the environment says: whether `serve` would start with it, and whose webhooks it takes. */
import { existsSync } from "node:fs";
import { databasePath } from "../../database/url.ts";
import { developmentKeyPath } from "../../telnyx/developmentkey.ts";
import type { Examination } from "./deps.ts";
import { type Found, failed, ok, skipped, warning } from "./finding.ts";

const PORTAL = "copy it from the Telnyx portal, under Keys & Credentials → Public key";

/** One for each fault. */
export function configuration({ deps: { config, faults } }: Examination): readonly Found[] {
  const found = [
    ...faults.map((fault) => {
      const [variable = ""] = fault.split(" ");
      const mend = `correct ${variable} where the service gets its variables, and start it again`;
      return failed(fault, mend, { variable });
    }),
    ...config.warnings.map((text) => {
      const [variable = ""] = text.split(" ");
      return warning(text, `correct ${variable}, or remove it from the service's variables`, { variable });
    }),
  ];
  return found.length > 0 ? found : [ok("inlet serve would start with these variables")];
}

export function publicKey({ deps: { config, faults } }: Examination): Found {
  if (faults.some((fault) => fault.startsWith("TELNYX_PUBLIC_KEY ")))
    return failed("TELNYX_PUBLIC_KEY holds what is no public key of Telnyx's (32 bytes in base64)", PORTAL);
  const count = config.telnyxPublicKeys.length;
  if (count === 0)
    return failed(
      "TELNYX_PUBLIC_KEY is not set: every webhook is answered 503",
      `set TELNYX_PUBLIC_KEY: ${PORTAL}`,
    );
  const { url } = config.database;
  const path = databasePath(url) === null ? null : developmentKeyPath(url);
  if (path !== null && existsSync(path))
    return warning(
      `a development key lies beside the database: whoever can read ${path} can send messages to a server that runs with --development`,
      `rm ${path}, and run inlet serve without --development`,
    );
  return ok(count === 1 ? "one public key is trusted" : `${count} public keys are trusted`);
}

export function publicUrl({ deps: { config } }: Examination): Found {
  const { publicUrl: url } = config;
  if (url === null) return skipped("PUBLIC_URL is not set");
  if (url.startsWith("https:")) return ok(`${url} is encrypted`);
  return warning(
    `PUBLIC_URL is ${url}: texts and keys cross the network in the clear`,
    "put a proxy with a certificate before it, or set TLS_CERT and TLS_KEY; then set PUBLIC_URL to its https address",
  );
}
