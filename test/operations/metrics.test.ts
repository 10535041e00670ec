/** `GET /metrics`: who may read it, and that what it counts is what happened. */
import { expect, test } from "bun:test";
import { METRICS_TOKEN, metrics, metricsText } from "../harness/metrics.ts";
import { promtool, WITHOUT_PROMTOOL } from "../harness/promtool.ts";
import { tenant, testService } from "../harness/service.ts";
import { connect } from "../harness/stream.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";

const config = { metricsToken: METRICS_TOKEN };

test("without a token there is no such address, and with one it is for who shows it", async () => {
  const without = await testService();
  expect((await fetch(`${without.url}/metrics`)).status).toBe(404);
  const { url } = await testService({ config });
  const ask = (authorization: string | null) =>
    fetch(`${url}/metrics`, authorization === null ? {} : { headers: { authorization } });
  for (const wrong of [
    null,
    "Bearer ",
    `Bearer ${METRICS_TOKEN}x`,
    METRICS_TOKEN,
    `Basic ${METRICS_TOKEN}`,
  ]) {
    const response = await ask(wrong);
    expect([wrong, response.status]).toEqual([wrong, 401]);
    expect(response.headers.get("www-authenticate")).toStartWith("Bearer");
  }
  const right = await ask(`Bearer ${METRICS_TOKEN}`);
  expect(right.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(right.headers.get("cache-control")).toBe("no-store");
});

test("the token cannot be guessed at speed", async () => {
  const { url } = await testService({ config });
  const guess = async () =>
    (await fetch(`${url}/metrics`, { headers: { authorization: "Bearer guess" } })).status;
  const statuses = [];
  for (let i = 0; i < 70; i++) statuses.push(await guess());
  expect(statuses.slice(0, 60)).not.toContain(429);
  expect(statuses.at(-1)).toBe(429);
});

test("what was acknowledged, stored and announced is one number when nothing is under way", async () => {
  const service = await testService({ config });
  const { key, number } = await tenant(service, "+14155550911");
  const client = await connect(service.url, { key });
  const event = smsEvent(number, "once");
  expect(await deliver(service.url, service.telnyx, event)).toBe("stored");
  expect(await deliver(service.url, service.telnyx, event)).toBe("duplicate");
  expect(await deliver(service.url, service.telnyx, smsEvent("+14155550999", "for nobody"))).toBe("unrouted");
  await client.messageCount(1);
  const counts = await until("all is announced", async () => {
    const now = await metrics(service.url);
    return now.inlet_messages_announced_total === 2 ? now : undefined;
  });
  expect(counts).toMatchObject({
    inlet_messages_acknowledged_total: 2,
    inlet_messages_stored_total: 2,
    inlet_messages_unrouted_total: 1,
    'inlet_webhooks_total{outcome="stored"}': 1,
    'inlet_webhooks_total{outcome="duplicate"}': 1,
    'inlet_webhooks_total{outcome="unrouted"}': 1,
    'inlet_webhooks_total{outcome="unauthorized"}': 0,
    inlet_webhook_duration_seconds_count: 3,
    inlet_commit_messages_sum: 3,
    inlet_database_writable: 1,
    'inlet_streams{state="live"}': 1,
    'inlet_streams{state="behind"}': 0,
    'inlet_streams_opened_total{start="fresh"}': 1,
  });
  // What a look finds first was not timed from its webhook.
  expect(counts.inlet_webhook_to_stream_seconds_count).toBeLessThanOrEqual(1);
  expect(counts.inlet_last_webhook_age_seconds).toBeLessThan(60);
  for (const bytes of ["inlet_database_bytes", "inlet_disk_free_bytes", "process_resident_memory_bytes"])
    expect(counts[bytes], bytes).toBeGreaterThan(0);
});

test("streams that resume, gaps, ends and limits are counted", async () => {
  const service = await testService({ config: { ...config, maxStreamsPerKey: 1 } });
  const { key, number } = await tenant(service, "+14155550912");
  await deliver(service.url, service.telnyx, smsEvent(number, "stored before"));
  const client = await connect(service.url, { key, query: "?since=all" });
  await client.messageCount(1);
  const before = await metrics(service.url);
  const refused = await fetch(`${service.url}/api/v1/sms/stream`, {
    headers: { authorization: `Bearer ${key}` },
  });
  expect(refused.status).toBe(429);
  client.close();
  const after = await until("the stream has ended", async () => {
    const now = await metrics(service.url);
    return now['inlet_streams_closed_total{reason="left"}'] === 1 ? now : undefined;
  });
  const hit = 'inlet_limits_hit_total{limit="streams_per_key"}';
  expect((after[hit] ?? 0) - (before[hit] ?? 0)).toBe(1);
  const pages = ["memory", "store"].map(
    (source) => after[`inlet_replay_pages_total{source="${source}"}`] ?? 0,
  );
  expect(after).toMatchObject({
    'inlet_streams_opened_total{start="resumed"}': 1,
    'inlet_streams{state="live"}': 0,
  });
  expect(pages.reduce((sum, count) => sum + count)).toBeGreaterThan(0);
});

test.skipIf(WITHOUT_PROMTOOL)("Prometheus's own tool finds nothing to complain about", async () => {
  const service = await testService({ config });
  await promtool(["check", "metrics"], await metricsText(service.url));
});
