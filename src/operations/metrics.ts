/**
 * What this process says of itself when it is asked: read from the counters that the rooms keep. What is counted as
 * acknowledged is on disk, and what is on disk is announced: over all processes the three meet when nothing is under way.
 */
import type { ServingDatabase } from "../database/open.ts";
import { tracer } from "../log/tracer.ts";
import type { Fetcher } from "../media/fetcher.ts";
import type { ChangeFeed } from "../messages/changefeed.ts";
import type { Retention } from "../messages/retention.ts";
import type { Writer } from "../messages/writer.ts";
import { limitHits } from "../platform/limithits.ts";
import type { LoopDelay } from "../platform/loopdelay.ts";
import type { Indexer } from "../search/indexer.ts";
import type { Hub } from "../stream/hub.ts";
import type { Streams } from "../stream/registry.ts";
import type { Arrivals } from "../telnyx/arrivals.ts";
import { counter, type Family, gauge, histogram, labelled } from "./exposition.ts";
import { processFamilies } from "./processmetrics.ts";

export interface MetricsDeps {
  readonly arrivals: Arrivals;
  readonly writer: Writer;
  readonly changeFeed: ChangeFeed;
  readonly hub: Hub;
  readonly streams: Streams;
  readonly indexer: Indexer;
  readonly retention: Retention;
  readonly database: ServingDatabase;
  readonly loopDelay: LoopDelay;
  /** Whether what other machines ring is heard; null where nobody rings. */
  readonly isBellHeard: (() => boolean) | null;
  /** Null while pictures are not kept. */
  readonly fetcher: Fetcher | null;
}

/** Walks through the open streams once: a millisecond for ten thousand. */
export function measure(deps: MetricsDeps): Family[] {
  return [
    ...webhookFamilies(deps),
    ...messageFamilies(deps),
    ...streamFamilies(deps),
    ...databaseFamilies(deps),
    labelled("counter", "inlet_limits_hit_total", "What was refused, by the bound it met.", "limit", limitHits.counts),
    histogram("inlet_event_loop_delay_seconds", "By how much timers are late.", deps.loopDelay.seconds),
    ...pictureFamilies(deps),
    ...traceFamilies(),
    ...(deps.isBellHeard
      ? [gauge("inlet_bell_heard", "1 while NATS wakes this process, 0 while it only looks.", deps.isBellHeard() ? 1 : 0)]
      : []),
    ...processFamilies(),
  ]; // biome-ignore format: a list
}

function webhookFamilies({ arrivals }: MetricsDeps): Family[] {
  const age = (performance.now() - arrivals.latestAt) / 1000;
  return [
    labelled("counter", "inlet_webhooks_total", "Webhooks answered, by what became of them.", "outcome", arrivals.outcomes.counts),
    histogram("inlet_webhook_duration_seconds", "From a webhook's headers to its answer.", arrivals.seconds),
    gauge("inlet_last_webhook_age_seconds", "Since the last webhook with a genuine signature, or since the start.", age),
  ]; // biome-ignore format: a list
}

function messageFamilies({ arrivals, writer, changeFeed, hub, indexer, retention }: MetricsDeps): Family[] {
  const { commitSeconds, batchRows, stored, unrouted } = writer.stats;
  const { removed, failures, succeededAt } = retention.stats;
  const behind = Math.max(0, changeFeed.position - indexer.through);
  return [
    counter("inlet_messages_acknowledged_total", "New messages whose webhooks were answered 200.", arrivals.acknowledged),
    counter("inlet_messages_stored_total", "New messages that this process has stored.", stored),
    counter("inlet_messages_unrouted_total", "Of those stored, the ones to a number that nobody has.", unrouted),
    counter("inlet_messages_announced_total", "New messages handed on to the streams of this process, whoever stored them.", changeFeed.announced),
    gauge("inlet_messages_waiting", "Messages that wait to be stored.", writer.waiting),
    histogram("inlet_commit_seconds", "How long a commit of messages takes, its sync included.", commitSeconds),
    histogram("inlet_commit_messages", "How many messages a commit has.", batchRows),
    histogram("inlet_webhook_to_stream_seconds", "From a webhook's headers to the streams that see its message.", hub.webhookSeconds),
    gauge("inlet_stream_position", "The position up to which everything is announced.", changeFeed.position),
    gauge("inlet_search_index_lag_positions", "Positions that are not in the search index yet.", behind),
    counter("inlet_retention_removed_messages_total", "Messages that retention removed.", removed),
    counter("inlet_retention_failures_total", "Rounds of retention that failed.", failures),
    gauge("inlet_retention_success_timestamp_seconds", "When a round of retention last succeeded; 0 before the first.", succeededAt / 1000),
  ]; // biome-ignore format: a list
}

function streamFamilies({ streams, hub }: MetricsDeps): Family[] {
  let behind = 0;
  let furthest = 0;
  for (const stream of streams.all()) {
    if (!stream.isBehind) continue;
    behind++;
    furthest = Math.max(furthest, hub.position - stream.cursor);
  }
  const states = { live: streams.open - behind, behind };
  const { opened, closed, gaps } = streams.stats;
  return [
    labelled("gauge", "inlet_streams", "Open streams: live, or behind and paging.", "state", states),
    gauge("inlet_streams_furthest_behind_positions", "How far behind the furthest of them is.", furthest),
    labelled("counter", "inlet_streams_opened_total", "Streams opened: fresh, or resumed from a cursor or a time.", "start", opened.counts),
    labelled("counter", "inlet_streams_closed_total", "Streams ended, by why.", "reason", closed.counts),
    labelled("counter", "inlet_stream_gaps_total", "Cursors that could not be honoured.", "reason", gaps.counts),
    labelled("counter", "inlet_replay_pages_total", "Pages of replays, by where they came from.", "source", streams.pages.counts),
  ]; // biome-ignore format: a list
}

function databaseFamilies({ database }: MetricsDeps): Family[] {
  const { checkpoints, retries, sizes } = database.stats();
  return [
    gauge("inlet_database_writable", "1 while what comes can be stored.", database.health.trouble === null ? 1 : 0),
    counter("inlet_database_busy_retries_total", "How often somebody else's transaction was in the way.", retries),
    ...(checkpoints
      ? [labelled("counter", "inlet_checkpoints_total", "Moves of the log into the database, by the one process that makes them.", "result", checkpoints)]
      : []),
    ...(sizes
      ? [
          gauge("inlet_database_bytes", "The size of the database file.", sizes.file),
          gauge("inlet_database_log_bytes", "The size of its log.", sizes.log),
          gauge("inlet_disk_free_bytes", "What this user may still write on the disk that has it.", sizes.free),
          gauge("inlet_disk_bytes", "The size of that disk.", sizes.disk),
        ]
      : []),
  ]; // biome-ignore format: a list
}

function pictureFamilies({ fetcher }: MetricsDeps): Family[] {
  return fetcher
    ? [labelled("counter", "inlet_pictures_total", "Pictures kept, and those given up, by why.", "result", fetcher.stats.counts)]
    : []; // biome-ignore format: a list
}

function traceFamilies(): Family[] {
  const stats = tracer()?.stats;
  return stats
    ? [
        labelled(
          "counter",
          "inlet_trace_spans_total",
          "Spans of traces, by what became of them.",
          "result",
          stats,
        ),
      ]
    : [];
}
