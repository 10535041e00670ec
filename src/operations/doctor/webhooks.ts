/** Whether webhooks come: what Telnyx says of those that it sent, held against what is here. */

import type { Read } from "../../database/result.ts";
import type { TelnyxClient } from "../../telnyx/client.ts";
import { type FaredDelivery, readFaredDeliveries } from "../../telnyx/deliveries.ts";
import { messageId } from "../../telnyx/event.ts";
import { type Candidate, readDelivery } from "../../telnyx/recovery/candidate.ts";
import { knownMessages } from "../../telnyx/recovery/known.ts";
import { Ours } from "../../telnyx/recovery/ours.ts";
import type { Examination } from "./deps.ts";
import { type Found, ok, shownUrl, skipped, warning } from "./finding.ts";

const MINUTE_MS = 60_000;
/** Of a busy account the last minutes are enough: whole spans are read, because Telnyx promises no order. */
const SPANS_MS = [24 * 60 * MINUTE_MS, 60 * MINUTE_MS, 5 * MINUTE_MS];
const MAX_PAGES = 4;
/** The newest delivered ones. */
const LOOKED_AT = 20;
/** One may be under way. */
const LONG_MS = 10 * MINUTE_MS;
const MANY = 5;

interface OwnDelivery extends FaredDelivery {
  readonly candidate: Candidate;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export async function lastWebhook(examination: Examination): Promise<Found> {
  const read = await examination.ourTables();
  const newest = await newestWebhook(read);
  const here =
    newest === null
      ? "no webhook has brought a text yet"
      : `the newest webhook that brought a text came at ${time(newest)}`;
  const deliveries = await ownDeliveries(examination, read);
  if (deliveries === null) return skipped(`${here}; Telnyx lists too many to be compared`);
  const delivered = deliveries.filter((each) => each.isDelivered === true && each.candidate.kind === "text");
  if (delivered.length === 0) return ok(`${here}; Telnyx says of none in the last day that it was delivered`);
  const looked = delivered.slice(0, LOOKED_AT);
  const cameAt = await newestThatCame(read, looked);
  const since = looked.filter(({ at }) => at > cameAt);
  const [last] = since;
  if (!last || (last.at - cameAt < LONG_MS && since.length < MANY)) return ok(here);
  const count = `${since.length === LOOKED_AT ? "at least " : ""}${since.length}`;
  return warning(
    `${here}; Telnyx says that it delivered ${count} since that are not here, the last at ${time(last.at)} to ${urlOf(last)}: something else takes them`,
    "see where that address leads (another server, a fail-over URL, a proxy that answers by itself); then inlet telnyx backfill",
    { delivered: since.length, newest_here: newest === null ? null : time(newest) },
  );
}

export async function lastDelivery(examination: Examination): Promise<Found> {
  const read = await examination.ourTables();
  const deliveries = await ownDeliveries(examination, read);
  if (deliveries === null) return skipped("Telnyx lists more deliveries than are read");
  const ended = deliveries.find(({ isDelivered }) => isDelivered !== null);
  if (!ended) return ok("Telnyx lists no delivery to us in the last day");
  if (ended.isDelivered) return ok(`the newest, of ${time(ended.at)}, was delivered`);
  const { status, code } = ended.attempt;
  const said = [
    ...(code === null ? [] : [`Telnyx's code ${code}`]),
    ...(status === null ? [] : [`HTTP status ${status}`]),
  ].join(", ");
  return warning(
    `the newest delivery failed, at ${time(ended.at)}, to ${urlOf(ended)}${said ? ` (${said})` : ""}`,
    `${mendOf(code, status)}; then inlet telnyx backfill brings what was missed`,
    { at: time(ended.at), code, status, url: urlOf(ended) },
  );
}

export async function unreadableEvents(examination: Examination): Promise<Found> {
  const read = await examination.ourTables();
  const { rows } = await read(
    "SELECT reason, count(*) AS count, max(stored_at) AS newest FROM unreadable_events GROUP BY reason ORDER BY count DESC LIMIT 10",
  );
  if (rows.length === 0) return ok("each text that came could be read");
  const reasons = rows.map(({ reason, count }) => `${String(count)} × ${String(reason)}`).join(", ");
  const newest = time(Math.max(...rows.map((row) => Number(row.newest))));
  return warning(
    `texts came that could not be read, and are kept as they came: ${reasons}; the newest at ${newest}`,
    `look at them: SELECT stored_at, reason, body FROM unreadable_events; tell Inlet's makers the reason, and take what you need from them before retention removes them`,
    { newest, reasons: rows.map(({ reason, count }) => ({ reason: String(reason), count: Number(count) })) },
  );
}

const asked = new WeakMap<Examination, Promise<readonly OwnDelivery[] | null>>();

/** Newest first; null where there are more than are read. Throws `Unknown`. */
function ownDeliveries(examination: Examination, read: Read): Promise<readonly OwnDelivery[] | null> {
  const answer = asked.get(examination) ?? readOwn(examination, read);
  asked.set(examination, answer);
  return answer;
}

async function readOwn(examination: Examination, read: Read): Promise<readonly OwnDelivery[] | null> {
  const now = examination.deps.now();
  const all = await examination.told(async () => readNewest(await examination.reachable(), now));
  if (all === null) return null;
  const candidates = all.map((each) => ({ each, candidate: readDelivery(each, now) }));
  const ours = new Ours(read, examination.here);
  const present = await ours.meet(candidates.map(({ candidate }) => candidate));
  return candidates
    .filter(({ candidate }) => ours.isDirectly(candidate, present))
    .map(({ each, candidate }) => ({
      ...each,
      candidate,
      at: Date.parse(each.startedAt ?? "") || candidate.at,
    }))
    .sort((a, b) => b.at - a.at);
}

async function readNewest(client: TelnyxClient, now: number): Promise<FaredDelivery[] | null> {
  for (const span of SPANS_MS) {
    const { rows } = await readFaredDeliveries(client, { from: now - span, to: now }, MAX_PAGES);
    if (rows !== null) return rows.filter((row) => row !== null);
  }
  return null;
}

/** Backwards from the newest; recovery's are passed over. */
async function newestWebhook(read: Read): Promise<number | null> {
  const { rows } = await read(
    "SELECT stored_at FROM messages WHERE recovered IS NULL ORDER BY seq DESC LIMIT 1",
  );
  return rows[0] === undefined ? null : Number(rows[0].stored_at);
}

/** By its webhook, or so long ago that it is gone by now: the time of the newest, in ms since 1970; else 0. */
async function newestThatCame(read: Read, deliveries: readonly OwnDelivery[]): Promise<number> {
  const idsOf = ({ candidate }: OwnDelivery) =>
    candidate.recipients.map((recipient) => messageId(candidate.id ?? "", recipient));
  const ids = deliveries.flatMap(idsOf);
  const known = await knownMessages(read, ids);
  const { rows } = await read({
    sql: "SELECT message_id FROM messages WHERE recovered = 1 AND message_id IN (SELECT value FROM json_each(?))",
    args: [JSON.stringify(ids)],
  });
  const recovered = new Set(rows.map((row) => String(row.message_id)));
  const came = deliveries.filter((each) => idsOf(each).some((id) => known.has(id) && !recovered.has(id)));
  return Math.max(0, ...came.map(({ at }) => at));
}

/** https://developers.telnyx.com/docs/development/webhook-delivery-errors */
function mendOf(code: number | null, status: number | null): string {
  if (status === 401)
    return "copy the public key from the Telnyx portal into TELNYX_PUBLIC_KEY, and see the check clock";
  if (status === 404 || code === 75404)
    return "the address leads to no Inlet: inlet telnyx setup, and see what the proxy hands on";
  if (status !== null && status >= 500)
    return "see the service's log, and whether the proxy reaches the service";
  if (code === 75001) return "the name cannot be resolved: check its DNS entry";
  if (code === 75002) return "no connection: see whether the service runs, and to the firewall";
  if (code !== null && code >= 75003 && code <= 75006)
    return "the certificate is not trusted: renew it, with its whole chain";
  if (code === 75299)
    return "a status other than 200 was answered: something else than Inlet is behind that address";
  if (code === 75300)
    return "a redirect was answered: set the profile's webhook URL to where it leads, by inlet telnyx setup";
  return "see whether that address leads to this service from outside";
}

function urlOf(delivery: OwnDelivery | undefined): string {
  const url = delivery?.attempt.url ?? delivery?.urls[0];
  return url === undefined ? "an address that is not told" : shownUrl(url);
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
