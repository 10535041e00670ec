/** A message is given to the command until it is handled, five times at most: then somebody has to look. */
import { CommandError } from "../errors.ts";
import type { Message } from "../message.ts";
import { backoffMs, pause } from "./backoff.ts";

export const MAX_ATTEMPTS = 5;
/** The waits between them: half a second, one, two and four, and up to half as long again. */
const FIRST_WAIT_MS = 500;

export interface AttemptsOptions {
  /** Null when it handled the message; else how it failed. */
  readonly run: (message: Message) => Promise<string | null>;
  readonly note: (text: string) => void;
  readonly stop: AbortSignal;
  readonly random: () => number;
  readonly pause?: (ms: number, stop: AbortSignal) => Promise<void>;
}

/**
 * True once it was handled, false when it was not and the end was asked for. Throws {@link CommandError} after the fifth
 * failure.
 */
export async function handleByCommand(options: AttemptsOptions, message: Message): Promise<boolean> {
  const { run, note, stop, random, pause: wait = pause } = options;
  for (let failures = 1; !stop.aborted; failures++) {
    const failure = await run(message);
    if (failure === null) return true;
    const what = `the command ${failure} for ${message.message_id}`;
    if (stop.aborted) {
      note(`${what}, which comes again at the next start`);
      return false;
    }
    if (failures === MAX_ATTEMPTS) {
      throw new CommandError(
        `${what}, for the ${MAX_ATTEMPTS}th time: giving up, and starting with this message the next time`,
      );
    }
    const waitMs = backoffMs(failures, FIRST_WAIT_MS, random);
    note(`${what} (${failures} of ${MAX_ATTEMPTS}); again in ${(waitMs / 1000).toFixed(1)} s`);
    await wait(waitMs, stop);
  }
  return false;
}
