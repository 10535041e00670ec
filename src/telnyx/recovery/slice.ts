/** Compares Telnyx's two lists of a slice of time with the database: what is missing here, and what cannot be fetched. */

import type { InboundMessage } from "../../message.ts";
import { yieldToEventLoop } from "../../platform/eventloop.ts";
import type { Delivery } from "../deliveries.ts";
import { messageId } from "../event.ts";
import type { DetailRecord } from "../records.ts";
import { type Candidate, readDelivery, type Traits } from "./candidate.ts";
import { knownMessages } from "./known.ts";
import { spellings } from "./ours.ts";
import type { UnrecoveredReason } from "./report.ts";
import type { Run } from "./runstate.ts";

/** A missing text: the text itself, or the record that tells of it. `at` is its time, in ms since 1970. */
export type Missing =
  | { readonly at: number; readonly messages: readonly InboundMessage[] }
  | { readonly at: number; readonly record: DetailRecord };

export interface Sorted {
  readonly items: Missing[];
  /** The profiles of texts that have belonged to nobody here so far. */
  readonly foreignProfiles: ReadonlySet<string>;
}

/** Foreign texts that are remembered, so that one in both lists counts once; beyond that each list counts its own. */
const MAX_FOREIGN = 100_000;
/** Entries that are read in one turn of the event loop: some milliseconds. */
const TEXTS_A_TURN = 100;

/** With `only`, reads just the texts of these profiles, which were foreign when the slice was first read. */
export async function sortSlice(
  run: Run,
  deliveries: readonly Delivery[],
  records: readonly DetailRecord[],
  only: ReadonlySet<string> | null,
): Promise<Sorted> {
  const candidates: Candidate[] = [];
  for (let at = 0; at < deliveries.length; at += TEXTS_A_TURN) {
    for (const each of deliveries.slice(at, at + TEXTS_A_TURN)) candidates.push(readDelivery(each, run.now));
    await yieldToEventLoop();
  }
  const texts: { record: DetailRecord; traits: Traits; ids: string[] }[] = [];
  for (let at = 0; at < records.length; at += TEXTS_A_TURN) {
    for (const record of records.slice(at, at + TEXTS_A_TURN)) {
      if (record.type !== null && !/^[SM]MS$/i.test(record.type)) continue;
      texts.push({ record, traits: traitsOf(record, run.now), ids: recordedIds(record) });
    }
    await yieldToEventLoop();
  }
  const present = await run.ours.meet([...candidates, ...texts.map(({ traits }) => traits)]);
  const foreignProfiles = new Set<string>();
  const isOurs = (traits: Traits): boolean => {
    const isDirectly = run.ours.isDirectly(traits, present);
    if (only !== null) return !isDirectly && traits.profileId !== null && only.has(traits.profileId);
    if (isDirectly || run.ours.hasProfile(traits)) return true;
    if (traits.profileId !== null) foreignProfiles.add(traits.profileId);
    return false;
  };

  const messageIds = candidates.flatMap((each) =>
    each.kind === "text" ? each.messages.map(({ message }) => message.message_id) : [],
  );
  const known = await knownMessages(run.database.readInBackground, [
    ...new Set([...messageIds, ...texts.flatMap((each) => each.ids)]),
  ]);
  const items: Missing[] = [];
  /** Telnyx's ids of the texts whose records need no look. */
  const settled = new Set<string>();
  for (const candidate of candidates) {
    if (candidate.kind === "ignored") {
      if (candidate.id !== null) settled.add(candidate.id);
      if (only === null && isOurs(candidate)) run.report.ignored++;
      continue;
    }
    if (!isOurs(candidate)) {
      if (only === null) noteForeign(run, candidate);
      continue;
    }
    if (candidate.id !== null && only !== null && run.foreign.delete(candidate.id)) run.report.foreign--;
    const isSettled = await sortText(run, candidate, known, items);
    if (isSettled && candidate.id !== null) settled.add(candidate.id);
  }
  for (const { record, traits, ids } of texts) {
    if (settled.has(record.id)) continue;
    if (!isOurs(traits)) noteForeign(run, traits);
    else if (record.id === "") noteUnrecovered(run, traits, "unreadable");
    else if (ids.some((id) => known.has(id))) {
      run.report.duplicate++;
      if (run.lost.has(record.id)) run.found.push(record.id);
    } else sortRecord(run, record, traits, items);
  }
  return { items, foreignProfiles };
}

/** False when the record may still bring the text. */
async function sortText(
  run: Run,
  candidate: Exclude<Candidate, { kind: "ignored" }>,
  known: ReadonlySet<string>,
  items: Missing[],
): Promise<boolean> {
  if (candidate.kind === "unreadable") {
    run.report.unreadable++;
    await run.keepUnreadable(candidate.body, candidate.why);
    return false;
  }
  if (candidate.kind === "nameless") {
    noteUnrecovered(run, candidate, "unreadable");
    return true;
  }
  const missing = candidate.messages.filter(({ message }) => !known.has(message.message_id));
  run.report.duplicate += candidate.messages.length - missing.length;
  if (missing.length === 0) {
    if (candidate.id !== null && run.lost.has(candidate.id)) run.found.push(candidate.id);
  } else if (candidate.at < run.oldest) noteUnrecovered(run, candidate, "too_old");
  else if (candidate.isRedacted) noteUnrecovered(run, candidate, "redacted");
  else {
    items.push({ at: candidate.at, messages: missing });
    if (candidate.id !== null && run.lost.has(candidate.id)) run.found.push(candidate.id);
  }
  return true;
}

function sortRecord(run: Run, record: DetailRecord, traits: Traits, items: Missing[]): void {
  const before = run.asksAgain ? undefined : run.lost.get(record.id);
  if (before) run.report.unrecovered.push(before);
  else if (traits.at < run.oldest) noteUnrecovered(run, traits, "too_old");
  else items.push({ at: traits.at, record });
}

export function noteUnrecovered(
  run: Run,
  { id, recipients, from, at }: Traits,
  reason: UnrecoveredReason,
): void {
  const received_at = new Date(at).toISOString();
  // A text without an id is identified by all that is known of it.
  const telnyx_id = id ?? `none:${from}:${recipients.join()}:${received_at}`;
  run.report.unrecovered.push({ telnyx_id, to: recipients.join(" "), from, received_at, reason });
}

function noteForeign(run: Run, { id, recipients, from, at }: Traits): void {
  const key = id ?? `${from}:${recipients.join()}:${at}`;
  if (run.foreign.has(key)) return;
  run.report.foreign++;
  if (run.foreign.size < MAX_FOREIGN) run.foreign.add(key);
}

export function traitsOf(record: DetailRecord, otherwise: number): Traits {
  const { id, to, from, createdAt, profileId, urls } = record;
  return {
    id: id || null,
    recipients: to === "" ? [] : [to],
    from,
    at: createdAt ?? otherwise,
    profileId,
    urls,
  };
}

/** The ids that the message may have here. */
function recordedIds({ id, to }: DetailRecord): string[] {
  if (id === "" || to === "") return [];
  return spellings(to).map((recipient) => messageId(id, recipient));
}
