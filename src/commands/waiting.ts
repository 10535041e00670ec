/**
 * `inlet serve` whose database is behind a server that is away: after a power cut this machine may be up before that
 * one. It goes on asking, is alive meanwhile, and not ready.
 */
import type { Config } from "../config/config.ts";
import { databaseAnswers } from "../database/answers.ts";
import { DatabaseAway } from "../database/diagnosis.ts";
import { listenMeanwhile } from "../http/waiting.ts";
import { log } from "../log/log.ts";

const AGAIN_MS = 500;

/** Null when it was `asked` to stop meanwhile. Throws what `start` throws, unless the database is away. */
export async function onceThere<T>(
  config: Config,
  sharesPort: boolean,
  asked: Promise<unknown>,
  start: (config: Config) => Promise<T>,
): Promise<T | null> {
  let port = config.port;
  for (;;) {
    try {
      return await start({ ...config, port });
    } catch (error) {
      if (!(error instanceof DatabaseAway)) throw error;
      const server = listenMeanwhile({ ...config, port }, sharesPort, "The database does not answer.");
      // A free one that was taken once is kept.
      port = server.port;
      log.error("the database is away and is waited for", { url: server.url, reason: error.message });
      try {
        if (!(await untilThere(config, asked))) return null;
      } finally {
        await server.stop();
      }
      log.info("the database answers");
    }
  }
}

/** False when it was asked to stop first. */
async function untilThere(config: Config, asked: Promise<unknown>): Promise<boolean> {
  let isAsked = false;
  const stopped = asked.then(() => {
    isAsked = true;
  });
  while (!isAsked) {
    if (await databaseAnswers(config.database)) return true;
    await Promise.race([Bun.sleep(AGAIN_MS), stopped]);
  }
  return false;
}
