/** A dashboard for Grafana: the first row says whether all is well, the others why not. */

interface Query {
  readonly expr: string;
  readonly legend: string;
}

interface Drawn {
  readonly title: string;
  /** Grafana's names: `s`, `bytes`, `short`, `ops`. */
  readonly unit: string;
  readonly queries: readonly Query[];
  readonly type?: "timeseries" | "stat";
}

const WIDTH = 24;
const COLUMNS = 3;
const HEIGHT = 7;
const OF = `{job="$job"}`;

function drawn(title: string, unit: string, ...queries: readonly [expr: string, legend: string][]): Drawn {
  return { title, unit, queries: queries.map(([expr, legend]) => ({ expr, legend })) };
}

function stat(...parts: Parameters<typeof drawn>): Drawn {
  return { ...drawn(...parts), type: "stat" };
}

function rate(name: string, by = ""): string {
  return `sum${by === "" ? "" : ` by (${by})`} (rate(${name}${OF}[$__rate_interval]))`;
}

function quantiles(name: string): [string, string][] {
  return [0.5, 0.99].map((part) => [
    `histogram_quantile(${part}, sum by (le) (rate(${name}_bucket${OF}[$__rate_interval])))`,
    `p${part * 100}`,
  ]);
}

const ROWS: Readonly<Record<string, readonly Drawn[]>> = {
  "Is all well": [
    stat("Last webhook", "s", [`min(inlet_last_webhook_age_seconds${OF})`, "age"]),
    stat("Can store", "bool_yes_no", [`min(inlet_database_writable${OF})`, "can store"]),
    stat("Unrouted in the last day", "short", [`sum(increase(inlet_messages_unrouted_total${OF}[1d]))`, "messages"]),
    drawn("Webhooks", "ops", [rate("inlet_webhooks_total", "outcome"), "{{outcome}}"]),
    drawn("Messages", "ops",
      [rate("inlet_messages_acknowledged_total"), "acknowledged"],
      [rate("inlet_messages_stored_total"), "stored"],
      [`max(rate(inlet_messages_announced_total${OF}[$__rate_interval]))`, "announced by each"]),
    drawn("From webhook to stream", "s", ...quantiles("inlet_webhook_to_stream_seconds")),
  ],
  Streams: [
    drawn("Open streams", "short", [`sum by (state) (inlet_streams${OF})`, "{{state}}"]),
    drawn("Furthest behind", "short", [`max by (instance) (inlet_streams_furthest_behind_positions${OF})`, "{{instance}}"]),
    drawn("Opened and ended", "ops",
      [rate("inlet_streams_opened_total", "start"), "{{start}}"],
      [rate("inlet_streams_closed_total", "reason"), "{{reason}}"]),
    drawn("Replays", "ops", [rate("inlet_replay_pages_total", "source"), "pages from {{source}}"]),
    drawn("Gaps", "ops", [rate("inlet_stream_gaps_total", "reason"), "{{reason}}"]),
    drawn("Limits hit", "ops", [rate("inlet_limits_hit_total", "limit"), "{{limit}}"]),
  ],
  Storing: [
    drawn("Webhook to answer", "s", ...quantiles("inlet_webhook_duration_seconds")),
    drawn("Commit", "s", ...quantiles("inlet_commit_seconds")),
    drawn("Messages in a commit", "short", ...quantiles("inlet_commit_messages")),
    drawn("Waiting to be stored", "short", [`sum(inlet_messages_waiting${OF})`, "messages"]),
    drawn("Database", "bytes", [`max(inlet_database_bytes${OF})`, "file"], [`max(inlet_database_log_bytes${OF})`, "log"]),
    drawn("Disk", "bytes", [`min by (instance) (inlet_disk_free_bytes${OF})`, "free"], [`max by (instance) (inlet_disk_bytes${OF})`, "size"]),
    drawn("Log moved", "ops", [rate("inlet_checkpoints_total", "result"), "{{result}}"]),
    drawn("Busy retries", "ops", [rate("inlet_database_busy_retries_total"), "retries"]),
    drawn("Search index lag", "short", [`max(inlet_search_index_lag_positions${OF})`, "positions"]),
  ],
  Process: [
    drawn("Processor", "percentunit", [`rate(process_cpu_seconds_total${OF}[$__rate_interval])`, "{{instance}} {{worker}}"]),
    drawn("Memory", "bytes", [`process_resident_memory_bytes${OF}`, "{{instance}} {{worker}}"]),
    drawn("Event loop delay", "s", ...quantiles("inlet_event_loop_delay_seconds")),
    drawn("File descriptors", "short", [`process_open_fds${OF}`, "open {{worker}}"], [`process_max_fds${OF}`, "may {{worker}}"]),
    drawn("Removed by retention", "ops", [rate("inlet_retention_removed_messages_total"), "messages"]),
    stat("Version", "short", [`count by (version) (inlet_build_info${OF})`, "{{version}}"]),
  ],
}; // biome-ignore format: a list

const SOURCE = { type: "prometheus", uid: "$datasource" };

/** As Grafana 10 and later import it. `job` is what Prometheus scrapes it under, and can be changed there. */
export function grafanaDashboard(job: string): object {
  const panels: object[] = [];
  let y = 0;
  for (const [title, drawnHere] of Object.entries(ROWS)) {
    panels.push({ id: panels.length + 1, type: "row", title, gridPos: { h: 1, w: WIDTH, x: 0, y } });
    y++;
    for (const [i, each] of drawnHere.entries()) {
      const w = WIDTH / COLUMNS;
      const place = { h: HEIGHT, w, x: (i % COLUMNS) * w, y: y + Math.floor(i / COLUMNS) * HEIGHT };
      panels.push(panel(panels.length + 1, each, place));
    }
    y += Math.ceil(drawnHere.length / COLUMNS) * HEIGHT;
  }
  return {
    title: "Inlet",
    uid: "inlet",
    tags: ["inlet"],
    schemaVersion: 39,
    editable: true,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    templating: {
      list: [
        { name: "datasource", type: "datasource", query: "prometheus", label: "Data source" },
        {
          name: "job",
          type: "query",
          datasource: SOURCE,
          label: "Job",
          query: "label_values(inlet_build_info, job)",
          current: { text: job, value: job },
          refresh: 1,
        },
      ],
    },
    panels,
  };
}

function panel(id: number, { title, unit, queries, type = "timeseries" }: Drawn, gridPos: object): object {
  return {
    id,
    type,
    title,
    gridPos,
    datasource: SOURCE,
    fieldConfig: { defaults: { unit }, overrides: [] },
    targets: queries.map(({ expr, legend }, i) => ({
      refId: String.fromCharCode(65 + i),
      datasource: SOURCE,
      expr,
      legendFormat: legend,
    })),
  };
}
