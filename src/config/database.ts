/** Which database: of a URL that is wrong only the path of a file is shown. */
import { type DatabaseConfig, databaseUrlFault } from "../database/url.ts";
import { throughProxyOf } from "./proxy.ts";
import type { Environment, Reader } from "./reader.ts";

export function readDatabase(read: Reader, env: Environment): DatabaseConfig {
  const url = read.text("DATABASE_URL") ?? "file:inlet.db";
  const fault = databaseUrlFault(url);
  if (fault) {
    // Only a file's path is shown: anything else may carry a password.
    const shown =
      url.startsWith("file:") && !/[@?]/.test(url) ? `holds ${JSON.stringify(url)}, which` : "holds what";
    read.fault("DATABASE_URL", `${shown} is not a libSQL URL that Inlet can use: ${fault}`);
  }
  const through = throughProxyOf(url, env);
  return { url, authToken: read.text("DATABASE_AUTH_TOKEN"), ...(through ? { through } : {}) };
}
