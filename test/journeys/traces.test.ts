/** A request by its name in answer and log, and a webhook's way as a collector is told of it. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { atTheEnd } from "../harness/cleanup.ts";
import { addTenant, startServer } from "../harness/server.ts";
import { connect } from "../harness/stream.ts";
import { signedHeaders, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(60_000);

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";

interface Sent {
  readonly headers: Headers;
  readonly path: string;
  readonly body: {
    readonly resourceSpans: readonly {
      readonly resource: { readonly attributes: readonly { key: string; value: { stringValue: string } }[] };
      readonly scopeSpans: readonly { readonly spans: readonly Record<string, unknown>[] }[];
    }[];
  };
}

function collector(): { readonly url: string; readonly sent: Sent[] } {
  const sent: Sent[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const path = new URL(request.url).pathname;
      sent.push({ headers: request.headers, path, body: (await request.json()) as Sent["body"] });
      return Response.json({});
    },
  });
  atTheEnd(() => server.stop(true));
  return { url: server.url.origin, sent };
}

test("a request has its name in answer and log, and its webhook's way is traced", async () => {
  const { url: endpoint, sent } = collector();
  const server = await startServer({
    env: {
      LOG_LEVEL: "debug",
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: "api-key=secret%20word",
      OTEL_SERVICE_NAME: "texts",
    },
  });
  const { key, number } = await addTenant(server.folder, "+14155550921");
  const client = await connect(server.url, { key });
  const body = JSON.stringify(smsEvent(number, "traced"));
  const post = (headers: Record<string, string>) =>
    fetch(`${server.url}/webhooks/telnyx`, {
      method: "POST",
      body,
      headers: { ...signedHeaders(server.telnyx, body), ...headers },
    });

  const named = await post({ "x-request-id": "req-7/a", traceparent: `00-${TRACE}-${PARENT}-01` });
  expect([named.status, named.headers.get("x-request-id")]).toEqual([200, "req-7/a"]);
  await client.messageCount(1);
  const unsampled = await post({ "x-request-id": "no good", traceparent: `00-${TRACE}-${PARENT}-00` });
  const drawn = unsampled.headers.get("x-request-id") ?? "";
  expect(drawn).toMatch(/^[0-9a-f]{12}-[0-9a-z]+$/);
  const lost = await fetch(`${server.url}/nowhere`);
  expect(lost.headers.get("x-request-id")).toMatch(/^[0-9a-f]{12}-[0-9a-z]+$/);
  expect(client.response.headers.get("x-request-id")).toMatch(/^[0-9a-f]{12}-[0-9a-z]+$/);

  const lines = await until("the lines of both", () => {
    const found = server
      .log()
      .split("\n")
      .filter((line) => line.includes("request answered"));
    return found.some((line) => line.includes(drawn)) ? found : undefined;
  });
  const line = JSON.parse(lines.find((each) => each.includes("req-7/a")) ?? "{}") as {
    properties: Record<string, unknown>;
  };
  expect(line.properties).toMatchObject({
    method: "POST",
    path: "/webhooks/telnyx",
    status: 200,
    request_id: "req-7/a",
    trace_id: TRACE,
  });
  expect(server.log()).toMatch(/message received.*req-7\/a/);

  // What waits is sent at the end.
  expect(await server.stop()).toBe(0);
  expect(sent.map(({ path }) => path)).toContain("/v1/traces");
  expect(sent[0]?.headers.get("api-key")).toBe("secret word");
  const [resource] = sent[0]?.body.resourceSpans ?? [];
  expect(resource?.resource.attributes).toContainEqual({
    key: "service.name",
    value: { stringValue: "texts" },
  });
  const spans = sent.flatMap((each) => each.body.resourceSpans[0]?.scopeSpans[0]?.spans ?? []);
  expect(spans.map(({ name }) => name).sort()).toEqual(["POST /webhooks/telnyx", "announce", "commit"]);
  const webhook = spans.find(({ kind }) => kind === 2);
  expect(webhook).toMatchObject({ traceId: TRACE, parentSpanId: PARENT });
  for (const each of spans) {
    expect(each.traceId).toBe(TRACE);
    if (each !== webhook) expect(each.parentSpanId).toBe(webhook?.spanId);
    expect(BigInt(String(each.endTimeUnixNano))).toBeGreaterThanOrEqual(
      BigInt(String(each.startTimeUnixNano)),
    );
    expect(Math.abs(Number(each.startTimeUnixNano) / 1e6 - Date.now())).toBeLessThan(60_000);
  }
  expect(JSON.stringify(sent)).not.toContain("traced");
  expect(JSON.stringify(sent)).not.toContain(number);
});
