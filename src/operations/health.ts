/**
 * `GET /healthz`: alive. `GET /readyz`: the database answers, what comes can be stored,
 * connections can be taken, and the process is not draining.
 */
import { type Durability, readDurability } from "../database/durability.ts";
import type { ServingDatabase } from "../database/open.ts";
import { unavailable } from "../errors.ts";
import { withDeadline } from "../platform/deadline.ts";

/** What asks is itself impatient. */
const DEADLINE_MS = 1_000;

export interface HealthDeps {
  readonly database: Pick<ServingDatabase, "installation" | "health" | "read">;
  readonly isDraining: () => boolean;
  readonly descriptors: { readonly isExhausted: boolean };
}

export function alive(): { data: { status: "alive" } } {
  return { data: { status: "alive" } };
}

/** Says too what a 200 to a webhook means. Throws the fault `unavailable`. */
export async function ready({
  database,
  isDraining,
  descriptors,
}: HealthDeps): Promise<{ data: { status: "ready"; durability: Durability } }> {
  if (isDraining()) throw unavailable(null, "The server is shutting down.");
  if (descriptors.isExhausted) throw unavailable(null, "The server has no room for more connections.");
  try {
    const asked = Promise.all([readDurability(database.read), database.installation()]);
    const [durability] = await withDeadline(asked, DEADLINE_MS, () => new Error("no answer in time"));
    if (database.health.trouble) throw unavailable(null, database.health.trouble);
    return { data: { status: "ready", durability } };
  } catch (error) {
    throw unavailable(error);
  }
}
