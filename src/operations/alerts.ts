/** Rules for Prometheus: what an operator is to be woken for, and what can wait for the morning. */

export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: "critical" | "warning" };
  readonly annotations: { readonly summary: string; readonly description: string };
}

export interface AlertOptions {
  /** Under which Prometheus scrapes it. */
  readonly job: string;
  /** Seconds without a webhook that are not usual here. */
  readonly silenceSeconds: number;
}

/** A stream that pages through more than this is not only catching up for a moment. */
const FAR_BEHIND = 1_000;
/** From where the service itself says in its log that something keeps the log from being emptied. */
const LARGE_LOG_BYTES = 64 * 1024 * 1024;

export function alertRules({ job, silenceSeconds }: AlertOptions) {
  const of = `{job="${job}"}`;
  const total = (name: string) => `sum by (job, instance) (${name}${of})`;
  const rules = [
    critical("InletDown", `up${of} == 0`, "1m",
      "Inlet does not answer", "Telnyx's webhooks are not taken. It sends them again for a while; `inlet telnyx backfill` fetches the rest."),
    critical("InletCannotStore", `min by (job, instance) (inlet_database_writable${of}) == 0`, "1m",
      "Nothing can be stored", "Webhooks are answered 503. The log says why: a full or read-only disk, or a database that is not in its place."),
    critical("InletAcknowledgedMoreThanStored",
      `${total("inlet_messages_acknowledged_total")} > ${total("inlet_messages_stored_total")}`, "1m",
      "More messages were acknowledged than stored", "This must never be. Keep the database and the log as they are, and report it."),
    critical("InletWebhooksFail",
      `sum by (job) (increase(inlet_webhooks_total{job="${job}",outcome=~"unavailable|failed"}[5m])) > 0`, "5m",
      "Webhooks are answered 503 or 500", "Telnyx sends each a few times again. The log says why."),
    critical("InletNoWebhooks", `min by (job) (inlet_last_webhook_age_seconds${of}) > ${silenceSeconds}`, "1m",
      "No webhook came for {{ $value | humanizeDuration }}", "Is the webhook URL of the messaging profile still right, and does it reach this service? `inlet doctor` and the Telnyx portal tell."),
    warning("InletWebhooksRefused",
      `sum by (job) (increase(inlet_webhooks_total{job="${job}",outcome="unauthorized"}[15m])) > 0 and sum by (job) (increase(inlet_webhooks_total{job="${job}",outcome=~"stored|unrouted|duplicate|ignored"}[15m])) == 0`, "0m",
      "Webhooks are refused, and none is accepted", "TELNYX_PUBLIC_KEY is not the key of this Telnyx account, or the clock is wrong."),
    warning("InletUnrouted", `sum by (job) (increase(inlet_messages_unrouted_total${of}[15m])) > 0`, "0m",
      "Messages came to a number that nobody has", "`inlet messages list --unrouted` shows them; add the number and `inlet messages claim` them."),
    warning("InletUnreadable", `sum by (job) (increase(inlet_webhooks_total{job="${job}",outcome="unreadable"}[15m])) > 0`, "0m",
      "Events could not be read", "They are kept as they came, in the table unreadable_events."),
    critical("InletDiskFull", `min by (job, instance) (inlet_disk_free_bytes${of} / inlet_disk_bytes${of}) < 0.05`, "5m",
      "The disk of the database is nearly full", "When it is full, webhooks are answered 503."),
    warning("InletDiskFilling",
      `min by (job, instance) (inlet_disk_free_bytes${of} / inlet_disk_bytes${of}) < 0.25 and min by (job, instance) (predict_linear(inlet_disk_free_bytes${of}[6h], 86400)) < 0`, "30m",
      "The disk of the database is full within a day", "Lower RETENTION_DAYS, or make room."),
    warning("InletLogGrows", `max by (job, instance) (inlet_database_log_bytes${of}) > ${LARGE_LOG_BYTES}`, "10m",
      "The database's log grows", "A program that keeps a transaction open reads from it: a sqlite3 shell, a backup."),
    warning("InletStreamsBehind", `max by (job, instance) (inlet_streams_furthest_behind_positions${of}) > ${FAR_BEHIND}`, "10m",
      "A stream is {{ $value }} positions behind", "Its client reads too slowly. `inlet streams list` shows whose it is."),
    warning("InletLimitsHit",
      `sum by (job, limit) (increase(inlet_limits_hit_total{job="${job}",limit=~"streams|streams_per_key|unstored_messages|bodies"}[10m])) > 0`, "10m",
      "The bound on {{ $labels.limit }} is met again and again", "MAX_STREAMS and MAX_STREAMS_PER_KEY may be raised; the others say that the machine does not keep up."),
    warning("InletSlow",
      `histogram_quantile(0.99, sum by (job, instance, le) (rate(inlet_event_loop_delay_seconds_bucket${of}[5m]))) > 0.25`, "10m",
      "Everything waits a quarter of a second", "The machine has too little processor for what it does."),
    warning("InletSearchBehind", `max by (job) (inlet_search_index_lag_positions${of}) > 50000`, "15m",
      "The search index is far behind", "Searches may be answered 503 until it has caught up."),
    warning("InletRetentionFails", `sum by (job) (increase(inlet_retention_failures_total${of}[1h])) > 3`, "0m",
      "Old messages cannot be removed", "The log says why."),
  ]; // biome-ignore format: a list
  return { groups: [{ name: "inlet", rules }] };
}

function critical(alert: string, expr: string, forTime: string, summary: string, description: string): Rule {
  return {
    alert,
    expr,
    for: forTime,
    labels: { severity: "critical" },
    annotations: { summary, description },
  };
}

function warning(...parts: Parameters<typeof critical>): Rule {
  return { ...critical(...parts), labels: { severity: "warning" } };
}
