/** Which messaging profile is meant. */
import { CommandError, UsageError } from "../../errors.ts";
import type { MessagingProfile } from "../../telnyx/profiles.ts";
import { escaped } from "../output.ts";

/** Of very many not all are named. */
const MAX_NAMED = 20;

/**
 * The profile of this id, else of this name; the only one where nothing is given. Throws {@link UsageError} where several
 * are possible, and {@link CommandError} where none is.
 */
export function chosenProfile(
  profiles: readonly MessagingProfile[],
  wanted: string | undefined,
): MessagingProfile {
  const ofId = profiles.filter(({ id }) => id.toLowerCase() === wanted?.toLowerCase());
  const named = ofId.length > 0 ? ofId : profiles.filter(({ name }) => name === wanted);
  const found = wanted === undefined ? profiles : named;
  const [profile] = found;
  if (found.length > 1) {
    const which = wanted === undefined ? "several" : `several of the name ${JSON.stringify(wanted)}`;
    throw new UsageError(
      `Telnyx has ${which} messaging profiles; say which with --profile: ${listed(found)}`,
    );
  }
  if (profile) return profile;
  if (profiles.length === 0)
    throw new CommandError("Telnyx has no messaging profile; make one in the Telnyx portal under Messaging");
  throw new CommandError(
    `Telnyx has no messaging profile ${JSON.stringify(wanted)}; it has ${listed(profiles)}`,
  );
}

function listed(profiles: readonly MessagingProfile[]): string {
  const shown = profiles.slice(0, MAX_NAMED).map(({ id, name }) => `${escaped(name) || "(no name)"} (${id})`);
  const more = profiles.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
}
