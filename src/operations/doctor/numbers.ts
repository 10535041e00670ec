/** Numbers that receive texts at Telnyx, and that nobody here has. */
import type { Read } from "../../database/result.ts";
import { readNumbers, type TelnyxNumber } from "../../telnyx/numbers.ts";
import { type Examination, Unknown } from "./deps.ts";
import { type Found, ok, warning } from "./finding.ts";

const NUMBERS_AT_ONCE = 500;
/** In a sentence; all are in the details, up to a bound. */
const MAX_NAMED = 10;
const MAX_DETAILED = 1_000;

/** Those of other profiles are other systems'. */
export async function numbersWithoutAccount(examination: Examination): Promise<Found> {
  const read = await examination.ourTables();
  const all = await examination.told(async () => readNumbers(await examination.reachable()));
  const own = await profileIds(examination);
  const alive = all.filter(({ isAlive }) => isAlive);
  const ours = alive.filter(({ profileId }) => profileId === null || own === null || own.has(profileId));
  const here = await present(read, ours);
  const strangers = ours.filter(({ number }) => number !== null && !here.has(number));
  const mute = ours.filter(
    ({ number, profileId }) => number !== null && here.has(number) && profileId === null,
  );
  if (strangers.length === 0 && mute.length === 0)
    return ok(`each of ${ours.length} numbers that receive texts at Telnyx has an account here`);
  return warning(
    [
      ...(strangers.length > 0 ? [`active at Telnyx, and nobody's here: ${named(strangers)}`] : []),
      ...(mute.length > 0
        ? [`here, and without a messaging profile at Telnyx, so that nothing is sent: ${named(mute)}`]
        : []),
    ].join("; "),
    [
      ...(strangers.length > 0
        ? ["inlet telnyx numbers sync --account ID (what came for them so far: inlet messages claim)"]
        : []),
      ...(mute.length > 0 ? ["assign them to the messaging profile in the Telnyx portal"] : []),
    ].join("; "),
    { numbers: texts(strangers), without_profile: texts(mute) },
  );
}

/** Null where it is not known which profiles are ours. */
async function profileIds(examination: Examination): Promise<ReadonlySet<string> | null> {
  try {
    return new Set((await examination.ownProfiles()).map(({ id }) => id));
  } catch (error) {
    if (error instanceof Unknown) return null;
    throw error;
  }
}

async function present(read: Read, numbers: readonly TelnyxNumber[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let at = 0; at < numbers.length; at += NUMBERS_AT_ONCE) {
    const part = numbers.slice(at, at + NUMBERS_AT_ONCE).map(({ number }) => number);
    const sql = "SELECT number FROM numbers WHERE number IN (SELECT value FROM json_each(?))";
    for (const row of (await read({ sql, args: [JSON.stringify(part)] })).rows) found.add(String(row.number));
  }
  return found;
}

function named(numbers: readonly TelnyxNumber[]): string {
  const more = numbers.length - MAX_NAMED;
  const first = texts(numbers).slice(0, MAX_NAMED).join(", ");
  return more > 0 ? `${first} and ${more} more` : first;
}

function texts(numbers: readonly TelnyxNumber[]): string[] {
  return numbers.slice(0, MAX_DETAILED).map(({ number, text }) => number ?? text);
}
