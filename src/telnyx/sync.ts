/** What Telnyx's numbers mean for the numbers of one account here. Nothing is asked or written in this file. */
import type { Alignment, KnownNumber } from "../directory/align.ts";
import type { TelnyxNumber } from "./numbers.ts";

export interface SkippedNumber {
  readonly number: string;
  /** Whose it is; null where it is nobody's. */
  readonly account_id: number | null;
  readonly reason: "other_account" | "not_possible";
}

/** Active here, and left so, although it is not among the numbers that were asked for. */
export interface KeptNumber {
  readonly number: string;
  readonly status: string | null;
  readonly messaging_profile_id: string | null;
  /** Whether it receives texts; with another profile then. */
  readonly is_alive: boolean;
}

export interface SyncPlan extends Alignment {
  readonly unchanged: number;
  readonly skipped: readonly SkippedNumber[];
  readonly kept: readonly KeptNumber[];
}

/** Those of a messaging profile; all of them where it is null. */
export function ofProfile(all: readonly TelnyxNumber[], profileId: string | null): readonly TelnyxNumber[] {
  return profileId === null ? all : all.filter((each) => each.profileId === profileId);
}

/**
 * `all` are the whole account's at Telnyx, `wanted` those of them that are to be here. Added and activated is what
 * receives texts; deactivated what is active here and unknown there, or known there only to messaging and without a
 * profile: any other status may be on its way, and says nothing of texts.
 */
export function planSync(
  all: readonly TelnyxNumber[],
  wanted: readonly TelnyxNumber[],
  known: ReadonlyMap<string, KnownNumber>,
  accountId: number,
): SyncPlan {
  const there = new Map(all.map((each) => [each.number ?? each.text, each]));
  const plan = { added: [] as string[], activated: [] as string[], deactivated: [] as string[] };
  const skipped: SkippedNumber[] = [];
  const kept: KeptNumber[] = [];
  const alive = new Set<string>();
  let unchanged = 0;
  for (const { number, text, isAlive } of wanted) {
    if (!isAlive) continue;
    if (number === null) {
      skipped.push({ number: text, account_id: null, reason: "not_possible" });
      continue;
    }
    alive.add(number);
    const here = known.get(number);
    if (!here) plan.added.push(number);
    else if (here.accountId !== accountId)
      skipped.push({ number, account_id: here.accountId, reason: "other_account" });
    else if (here.isActive) unchanged++;
    else plan.activated.push(number);
  }
  for (const { number, accountId: owner, isActive } of known.values()) {
    if (owner !== accountId || !isActive || alive.has(number)) continue;
    const { status = null, profileId = null, isAlive = false } = there.get(number) ?? {};
    if (isAlive || status !== null)
      kept.push({ number, status, messaging_profile_id: profileId, is_alive: isAlive });
    else plan.deactivated.push(number);
  }
  return { ...plan, unchanged, skipped, kept };
}
