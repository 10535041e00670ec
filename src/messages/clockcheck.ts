/**
 * Whether the wall clock may be believed when something is removed for its age. A machine that boots with its clock a
 * month ahead (an empty battery, a restored snapshot) would else remove everything at once, and a clock is set right
 * more easily than a message is brought back.
 *
 * What vouches for a time is the newest message, because a webhook is only taken when Telnyx's signed time is within
 * five minutes of ours, and the time at which retention last looked, which the database keeps: an installation that
 * hears nothing for months goes on pruning, because it looks every minute. From there on the clock may run ahead by
 * no more than the monotonic one says has passed. A machine that was switched off for longer, or slept, looks the
 * same as one whose clock is wrong: it waits for a message, or for half a day in which nobody sets the clock right.
 */

/** What a clock may be ahead without a doubt: a zone mistaken for another, a night switched off. */
const BELIEVED_MS = 86_400_000;
/** How long a clock that nothing vouches for must go on saying the same. Less than a day, so that nightly restarts end. */
const PROBATION_MS = 12 * 3_600_000;

export class ClockCheck {
  /** Both clocks at the latest look. */
  #seen: { readonly wall: number; readonly monotonic: number } | null = null;
  /** Of the monotonic clock: since when the other is doubted. */
  #doubtedSince: number | null = null;

  /**
   * All in milliseconds: the wall clock since 1970, the monotonic clock, and the latest time that something vouches
   * for. False while the wall clock is far ahead of what is known; one that is behind removes nothing too early.
   */
  isBelieved(wall: number, monotonic: number, vouched: number): boolean {
    const seen = this.#seen;
    const hasJumped = seen === null || wall - seen.wall - (monotonic - seen.monotonic) > BELIEVED_MS;
    this.#seen = { wall, monotonic };
    if (wall - vouched <= BELIEVED_MS) this.#doubtedSince = null;
    else if (hasJumped) this.#doubtedSince = monotonic;
    if (this.#doubtedSince !== null && monotonic - this.#doubtedSince >= PROBATION_MS)
      this.#doubtedSince = null;
    return this.#doubtedSince === null;
  }
}
