/** What operators import names only what there is to see, and Prometheus's own tool takes all of it. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { alertRules } from "../../src/operations/alerts.ts";
import { grafanaDashboard } from "../../src/operations/dashboard.ts";
import { emptyFolder } from "../harness/cleanup.ts";
import { inlet } from "../harness/cli.ts";
import { METRICS_TOKEN, metricsText } from "../harness/metrics.ts";
import { promtool, WITHOUT_PROMTOOL } from "../harness/promtool.ts";
import { testService } from "../harness/service.ts";

setDefaultTimeout(60_000);

interface Dashboard {
  readonly panels: readonly {
    readonly type: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
}

const dashboard = grafanaDashboard("inlet") as Dashboard;
const alerts = alertRules({ job: "inlet", silenceSeconds: 3_600 });
const rules = alerts.groups.flatMap((group) => group.rules);
/** As Grafana would ask, with its variables filled in. */
const asked = dashboard.panels
  .flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
  .map((expr) => expr.replaceAll("$job", "inlet").replaceAll("$__rate_interval", "1m"));

function namesIn(expr: string): string[] {
  return [...expr.matchAll(/\b(?:inlet|process)_\w+/g)].map(([name]) => name);
}

test("every metric that is named in dashboard and rules exists, and all but a few are shown", async () => {
  const { url } = await testService({ config: { metricsToken: METRICS_TOKEN } });
  const text = await metricsText(url);
  const samples = new Set([...text.matchAll(/^(\w+)[{ ]/gm)].map(([, name]) => name));
  expect(asked.length).toBeGreaterThan(20);
  for (const expr of [...asked, ...rules.map(({ expr }) => expr)])
    for (const name of namesIn(expr)) expect(samples.has(name), `${name} in ${expr}`).toBe(true);
  const families = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name ?? "");
  const shown = new Set([...asked, ...rules.map(({ expr }) => expr)].flatMap(namesIn));
  const hidden = families.filter((name) => !shown.has(name) && !shown.has(`${name}_bucket`));
  expect(hidden.sort()).toEqual([
    "inlet_retention_success_timestamp_seconds",
    "inlet_stream_position",
    "process_start_time_seconds",
  ]);
});

/** A minute of each series, by which the rule of that name fires. */
const TROUBLE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  InletDown: { 'up{job="inlet"}': "0x200" },
  InletCannotStore: { 'inlet_database_writable{job="inlet"}': "0x200" },
  InletAcknowledgedMoreThanStored: {
    'inlet_messages_acknowledged_total{job="inlet"}': "5x200",
    'inlet_messages_stored_total{job="inlet"}': "4x200",
  },
  InletWebhooksFail: { 'inlet_webhooks_total{job="inlet",outcome="unavailable"}': "0+1x200" },
  InletNoWebhooks: { 'inlet_last_webhook_age_seconds{job="inlet"}': "0+60x200" },
  InletWebhooksRefused: {
    'inlet_webhooks_total{job="inlet",outcome="unauthorized"}': "0+1x200",
    'inlet_webhooks_total{job="inlet",outcome="stored"}': "7x200",
  },
  InletUnrouted: { 'inlet_messages_unrouted_total{job="inlet"}': "0+1x200" },
  InletUnreadable: { 'inlet_webhooks_total{job="inlet",outcome="unreadable"}': "0+1x200" },
  InletDiskFull: {
    'inlet_disk_free_bytes{job="inlet"}': "4x200",
    'inlet_disk_bytes{job="inlet"}': "100x200",
  },
  InletDiskFilling: {
    'inlet_disk_free_bytes{job="inlet"}': "2000-8x200",
    'inlet_disk_bytes{job="inlet"}': "10000x200",
  },
  InletLogGrows: { 'inlet_database_log_bytes{job="inlet"}': "100000000x200" },
  InletStreamsBehind: { 'inlet_streams_furthest_behind_positions{job="inlet"}': "2000x200" },
  InletLimitsHit: { 'inlet_limits_hit_total{job="inlet",limit="streams"}': "0+1x200" },
  InletSlow: {
    'inlet_event_loop_delay_seconds_bucket{job="inlet",le="0.25"}': "0+1x200",
    'inlet_event_loop_delay_seconds_bucket{job="inlet",le="0.5"}': "0+600x200",
    'inlet_event_loop_delay_seconds_bucket{job="inlet",le="+Inf"}': "0+600x200",
  },
  InletSearchBehind: { 'inlet_search_index_lag_positions{job="inlet"}': "60000x200" },
  InletRetentionFails: { 'inlet_retention_failures_total{job="inlet"}': "0+1x200" },
};

test.skipIf(WITHOUT_PROMTOOL)("Prometheus takes what the panels ask for", async () => {
  const recorded = asked.map((expr, i) => ({ record: `panel:${i}`, expr }));
  const file = join(emptyFolder(), "panels.json");
  await Bun.write(file, JSON.stringify({ groups: [{ name: "panels", rules: recorded }] }));
  await promtool(["check", "rules", file]);
});

test.skipIf(WITHOUT_PROMTOOL)("each rule fires at its trouble, and none when all is well", async () => {
  expect(Object.keys(TROUBLE)).toEqual(rules.map(({ alert }) => alert));
  const folder = emptyFolder();
  await Bun.write(join(folder, "rules.yml"), Bun.YAML.stringify(alerts, null, 2));
  await promtool(["check", "rules", join(folder, "rules.yml")]);
  const trouble = Object.entries(TROUBLE).map(([alertname, series]) => ({
    interval: "1m",
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    promql_expr_test: [
      {
        expr: `count by (alertname) (ALERTS{alertname="${alertname}",alertstate="firing"})`,
        eval_time: "150m",
        exp_samples: [{ labels: `{alertname="${alertname}"}`, value: 1 }],
      },
    ],
  }));
  const well = {
    interval: "1m",
    input_series: [
      ['up{job="inlet"}', "1x200"],
      ['inlet_database_writable{job="inlet"}', "1x200"],
      ['inlet_messages_acknowledged_total{job="inlet"}', "0+100x200"],
      ['inlet_messages_stored_total{job="inlet"}', "0+100x200"],
      ['inlet_last_webhook_age_seconds{job="inlet"}', "1x200"],
      ['inlet_webhooks_total{job="inlet",outcome="stored"}', "0+100x200"],
      ['inlet_webhooks_total{job="inlet",outcome="unauthorized"}', "0+1x200"],
      ['inlet_messages_unrouted_total{job="inlet"}', "3x200"],
      ['inlet_disk_free_bytes{job="inlet"}', "90x200"],
      ['inlet_disk_bytes{job="inlet"}', "100x200"],
    ].map(([series, values]) => ({ series, values })),
    promql_expr_test: [{ expr: "ALERTS", eval_time: "150m", exp_samples: [] }],
  };
  const tests = { rule_files: ["rules.yml"], evaluation_interval: "5m", tests: [...trouble, well] };
  await Bun.write(join(folder, "tests.yml"), Bun.YAML.stringify(tests, null, 2));
  await promtool(["test", "rules", join(folder, "tests.yml")]);
});

test("the commands print them, and name what a job may be", async () => {
  const folder = emptyFolder();
  const grafana = await inlet(folder, ["dashboard", "grafana", "--job", "sms"]);
  expect(JSON.parse(grafana.stdout)).toEqual(JSON.parse(JSON.stringify(grafanaDashboard("sms"))));
  const printed = await inlet(folder, ["dashboard", "alerts", "--silence", "15m"]);
  expect(Bun.YAML.parse(printed.stdout)).toEqual(alertRules({ job: "inlet", silenceSeconds: 900 }));
  const wrong = await inlet(folder, ["dashboard", "alerts", "--job", 'x"}']);
  expect([wrong.code, wrong.stdout]).toEqual([2, ""]);
  expect(wrong.stderr).toContain("it may be 1 to 100 letters");
});
