/**
 * Stores missing texts in the order of their time. Texts that are known only from a record are fetched on the way, two
 * at a time. In the service this uses the writer of the webhooks, which then wait behind one batch at most.
 */
import type { InboundMessage } from "../../message.ts";
import { yieldToEventLoop } from "../../platform/eventloop.ts";
import { TelnyxFailure } from "../failure.ts";
import type { DetailRecord } from "../records.ts";
import { readFetched } from "./candidate.ts";
import type { UnrecoveredReason } from "./report.ts";
import type { Run } from "./runstate.ts";
import { type Missing, noteUnrecovered, traitsOf } from "./slice.ts";

/** How many texts are fetched before the first of them is stored. */
const ITEMS_AT_ONCE = 500;
const ROWS_AT_ONCE = 100;
const FETCHES_AT_ONCE = 2;

type Timed = { readonly at: number; readonly messages: readonly InboundMessage[] };

/** Throws {@link TelnyxFailure}; what came before the failure is stored by then. */
export async function storeInOrder(run: Run, items: Missing[]): Promise<void> {
  items.sort((a, b) => a.at - b.at);
  for (let at = 0; at < items.length; at += ITEMS_AT_ONCE) {
    const { had, failure } = await fetchMissing(run, items.slice(at, at + ITEMS_AT_ONCE));
    had.sort((a, b) => a.at - b.at);
    const messages = had.flatMap((each) => each.messages);
    for (let row = 0; row < messages.length; row += ROWS_AT_ONCE) {
      run.client.throwIfStopped();
      for (const outcome of await run.store(messages.slice(row, row + ROWS_AT_ONCE))) run.report[outcome]++;
      run.onProgress?.(run.report);
      await yieldToEventLoop();
    }
    if (failure !== null) throw failure;
  }
}

async function fetchMissing(
  run: Run,
  items: readonly Missing[],
): Promise<{ had: Timed[]; failure: unknown }> {
  const had: Timed[] = [];
  const wanted: DetailRecord[] = [];
  for (const item of items) {
    if ("record" in item) wanted.push(item.record);
    else had.push(item);
  }
  let failure: unknown = null;
  let next = 0;
  const worker = async () => {
    for (let record = wanted[next++]; record && failure === null; record = wanted[next++]) {
      try {
        const one = await fetchOne(run, record);
        if (one) had.push(one);
      } catch (error) {
        failure = error;
      }
    }
  };
  await Promise.all(Array.from({ length: FETCHES_AT_ONCE }, worker));
  return { had, failure };
}

/** Null when the text cannot be fetched, which the report then says. */
async function fetchOne(run: Run, record: DetailRecord): Promise<Timed | null> {
  const traits = traitsOf(record, run.now);
  const lose = (reason: UnrecoveredReason) => {
    noteUnrecovered(run, traits, reason);
    return null;
  };
  // The id becomes part of a path.
  if (!/^[\w-]{1,100}$/.test(record.id)) return lose("unreadable");
  let json: unknown;
  try {
    ({ json } = await run.client.ask("a message", (telnyx) => telnyx.messages.retrieve(record.id)));
  } catch (error) {
    if (!(error instanceof TelnyxFailure)) throw error;
    if (error.status === 404) return lose("expired");
    if (error.kind === "refused" || error.status === 403) return lose("refused");
    if (error.kind === "unreadable") return lose("unreadable");
    throw error;
  }
  const candidate = readFetched(json, record, run.now);
  if (candidate === null || candidate.kind === "nameless") return lose("unreadable");
  if (candidate.kind === "unreadable") {
    run.report.unreadable++;
    await run.keepUnreadable(candidate.body, candidate.why);
    return lose("unreadable");
  }
  if (candidate.kind === "ignored") {
    run.report.ignored++;
    return null;
  }
  if (candidate.isRedacted) return lose("redacted");
  if (candidate.at < run.oldest) return lose("too_old");
  run.report.fetched++;
  if (run.lost.has(record.id)) run.found.push(record.id);
  return { at: candidate.at, messages: candidate.messages };
}
