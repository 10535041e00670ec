/** The file of `--env-file`: lines of NAME=value. */
import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { UsageError } from "../errors.ts";
import { VARIABLES } from "./variables.ts";

const KNOWN: readonly string[] = Object.keys(VARIABLES);
/** What others read that run with us: the runtime, the shell, the supervisor. */
const OF_OTHERS =
  /^((https?|all|no)_proxy|(NODE|BUN|SSL_CERT|XDG|LC|OTEL|NATS|TELNYX)_\w+|TZ|LANG|PATH|HOME|USER|SHELL|TERM|TMPDIR|NO_COLOR|FORCE_COLOR)$/i;
/** Letters that may differ in what was meant. */
const MAX_MISTYPED = 2;
/** Of a name that is compared; ours are shorter. */
const MAX_NAME = 60;

/** Adds what is absent. Returns a line for each name that nobody reads. Throws {@link UsageError}. */
export function fillFromFile(path: string, env: Record<string, string | undefined>): readonly string[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(
      `--env-file ${path} cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
  if (text.includes("\0")) throw new UsageError(`--env-file ${path} is not a text of NAME=value lines`);
  // An empty variable counts as absent, here as everywhere.
  const read = parseEnv(text);
  for (const [name, value] of Object.entries(read)) {
    if (!env[name]?.trim()) env[name] = value;
  }
  return Object.keys(read).flatMap((name) => {
    if (KNOWN.includes(name)) return [];
    const meant = closest(name);
    if (meant === null && OF_OTHERS.test(name)) return [];
    const hint = meant === null ? "" : `; did you mean ${meant}?`;
    return [`${path} sets ${name.slice(0, MAX_NAME)}, which is no variable of Inlet${hint}`];
  });
}

/** The variable whose name differs in the fewest letters, or null when none is near. */
function closest(name: string): string | null {
  if (name.length > MAX_NAME) return null;
  const found = KNOWN.map((known) => ({ known, distance: distance(name.toUpperCase(), known) }))
    .filter((each) => each.distance <= Math.min(MAX_MISTYPED, each.known.length / 2))
    .sort((a, b) => a.distance - b.distance);
  return found[0]?.known ?? null;
}

/** Letters to add, take away, change or swap with the next. A step for each pair of letters. */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const at = (up: number, left: number) => rows[i - up]?.[j - left] ?? 0;
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        at(1, 0) + 1,
        (row[j - 1] ?? 0) + 1,
        at(1, 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
        isSwap ? at(2, 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    rows[i] = row;
  }
  return rows[a.length]?.[b.length] ?? 0;
}
