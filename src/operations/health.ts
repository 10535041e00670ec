/** `GET /healthz`: alive. `GET /readyz`: the database answers and the process is not draining. */
import type { Database } from "../database/open.ts";
import { Fault } from "../errors.ts";
import { withDeadline } from "../platform/deadline.ts";

/** What asks is itself impatient. */
const DEADLINE_MS = 1_000;

export interface HealthDeps {
  readonly database: Database;
  readonly isDraining: () => boolean;
}

export function alive(): { data: { status: "alive" } } {
  return { data: { status: "alive" } };
}

/** Throws the fault `unavailable`. */
export async function ready({ database, isDraining }: HealthDeps): Promise<{ data: { status: "ready" } }> {
  if (isDraining()) throw notReady("The server is shutting down.");
  try {
    await withDeadline(database.installation(), DEADLINE_MS, () => new Error("no answer in time"));
  } catch (error) {
    throw notReady("The database does not answer.", error);
  }
  return { data: { status: "ready" } };
}

function notReady(message: string, cause?: unknown): Fault {
  return new Fault("unavailable", message, { retryAfterSeconds: 2, cause });
}
