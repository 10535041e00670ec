/** `inlet serve`: runs the service until it is told to stop. */
import type { Command } from "@commander-js/extra-typings";
import { readConfig } from "../config.ts";
import { createDatabaseFile } from "../database/connection.ts";
import { shownDatabaseUrl } from "../database/url.ts";
import { makeDevelopmentKey, publicHalf } from "../inbound/development.ts";
import { log, startLog } from "../log.ts";
import { startService } from "../service.ts";
import { group } from "./command.ts";
import { untilStopped } from "./signals.ts";
import { VERSION } from "./version.ts";

export function addServeCommand(program: Command): void {
  group(program, "serve", "run the service")
    .option("--development", "trust a key pair made beside the database, with which inlet simulate signs")
    .action(async ({ development }) => {
      const config = readConfig();
      startLog(config.log, (line) => process.stdout.write(line));
      if (development) createDatabaseFile(config.database.url);
      const developmentKey = development ? publicHalf(makeDevelopmentKey(config.database.url)) : undefined;
      const service = await startService(config, developmentKey ? { developmentKey } : {});
      log.info("listening", {
        url: service.url,
        database: shownDatabaseUrl(config.database.url),
        version: VERSION,
        process: process.pid,
      });
      if (developmentKey) {
        log.warning(
          "development mode: unsafe for production, because whoever reads the key beside the database can send messages",
        );
      } else if (config.telnyxPublicKeys.length === 0) {
        log.warning("TELNYX_PUBLIC_KEY is not set: webhooks are answered 503 until it is");
      }
      await untilStopped(async (signal) => {
        log.info("stopping", { signal });
        await service.close();
      });
      log.info("stopped");
    });
}
