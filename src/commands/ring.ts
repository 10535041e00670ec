/** A command rings for those who serve, when it has changed something and there is NATS. Without it they look. */
import { UNKNOWN } from "../cluster/bell.ts";
import { connectNats } from "../cluster/natsclient.ts";
import { ringSubject, writeRing } from "../cluster/ringwire.ts";
import { readNatsConfig } from "../config/config.ts";
import type { Database } from "../database/open.ts";
import type { Write } from "../database/result.ts";

/** In all. What was changed is changed, and is found by looking if nobody hears the bell. */
const PATIENCE_MS = 500;

/** The same database, and whether anything was written through it. */
export function watched(database: Database): {
  readonly database: Database;
  readonly hasWritten: () => boolean;
} {
  let hasWritten = false;
  const write: Write = (statements) => {
    hasWritten = true;
    return database.write(statements);
  };
  return { database: { ...database, write }, hasWritten: () => hasWritten };
}

/** Never fails, and never takes longer than half a second. */
export async function ringForServices(database: Database): Promise<void> {
  const config = readNatsConfig();
  if (config === null) return;
  const ring = async () => {
    const { epoch } = await database.installation();
    const connection = await connectNats(config, PATIENCE_MS);
    connection.publish(ringSubject(epoch), writeRing(UNKNOWN, "command"));
    await connection.flush();
    await connection.close();
  };
  await Promise.race([ring().catch(() => undefined), Bun.sleep(PATIENCE_MS)]);
}
