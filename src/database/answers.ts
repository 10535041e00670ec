/** Whether a database can be asked at all. */
import { Connection } from "./connection.ts";
import { DatabaseAway, unusable } from "./diagnosis.ts";
import { SERVING } from "./roles.ts";
import type { DatabaseConfig } from "./url.ts";

/** Whether the server of a remote database answers. Throws {@link CommandError} for what does not heal by itself. */
export async function databaseAnswers(config: DatabaseConfig): Promise<boolean> {
  const connection = new Connection(config, SERVING);
  try {
    await connection.read("SELECT 1");
    return true;
  } catch (error) {
    const fault = unusable(config, error);
    if (fault instanceof DatabaseAway) return false;
    throw fault;
  } finally {
    await connection.close();
  }
}
