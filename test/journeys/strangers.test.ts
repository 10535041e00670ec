/** What strangers send to the webhook costs what its bytes do, and keeps no genuine one away. */
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { createConnection } from "node:net";
import { atTheEnd } from "../harness/cleanup.ts";
import { MAX_TURN_MS, TurnWatch } from "../harness/longestturn.ts";
import { rawHttp } from "../harness/rawhttp.ts";
import { addTenant, type Server, startServer } from "../harness/server.ts";
import { deliver, sendWebhook, signedHeaders, smsEvent, telnyxKey } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(120_000);
const NUMBER = "+14155551950";
const MIB = 1024 * 1024;

let server: Server;

beforeAll(async () => {
  server = await startServer();
  await addTenant(server.folder, NUMBER);
});

/** Headers of the right form, and of this very moment. */
function plausible(): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  return { "telnyx-signature-ed25519": `${"A".repeat(86)}==`, "telnyx-timestamp": timestamp };
}

function head(headers: Record<string, string>, path = "/webhooks/telnyx"): string {
  const lines = Object.entries({ host: "inlet.example.com", ...headers, ...plausible() });
  return `POST ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}`).join("\r\n")}\r\n\r\n`;
}

const residentMb = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "latin1"))?.[1]) / 1024;

test("a body in a million pieces is refused early, on every route that takes one", async () => {
  const watch = new TurnWatch(server);
  for (const path of ["/webhooks/telnyx", "/nothing", "/healthz", "/v1/sms/stream/tickets"]) {
    const request = head({ "transfer-encoding": "chunked" }, path) + "1\r\nx\r\n".repeat(1_000_000);
    let status = 0;
    const cpuMs = await watch.shortest(async () => {
      ({ status } = await rawHttp(server.url, request, 1_000));
    }, 2 * MAX_TURN_MS);
    expect({ path, status }).toEqual({
      path,
      status: path === "/webhooks/telnyx" ? 413 : expect.any(Number),
    });
    // What is left of six megabytes is thrown away by the runtime, ten nanoseconds a byte.
    expect(cpuMs, path).toBeLessThan(2 * MAX_TURN_MS);
  }
  watch.stop();
});

test("a body in pieces as networks make them is taken", async () => {
  for (const size of [300, 1_000, 16_384]) {
    const body = JSON.stringify(smsEvent(NUMBER, `in pieces of ${size} ${"x".repeat(200_000)}`));
    const stream = new ReadableStream({
      async start(controller) {
        for (let at = 0; at < body.length; at += size) {
          controller.enqueue(Buffer.from(body.slice(at, at + size)));
          if (at % (size * 50) === 0) await Bun.sleep(0);
        }
        controller.close();
      },
    });
    const init = { method: "POST", headers: signedHeaders(server.telnyx, body), body: stream };
    expect((await fetch(`${server.url}/webhooks/telnyx`, init)).status).toBe(200);
  }
});

test("what is too large is 413 with a signature that could be genuine, and else 401 like everything", async () => {
  const stranger = telnyxKey();
  const large = "x".repeat(MIB + 1);
  const old = { "telnyx-timestamp": "1000000000" };
  const cases: [Record<string, string>, number, string][] = [
    [{}, 401, "unauthorized"],
    [{ ...plausible(), "telnyx-signature-ed25519": "no signature" }, 401, "unauthorized"],
    [{ ...plausible(), ...old }, 401, "unauthorized"],
    [plausible(), 413, "payload_too_large"],
    [signedHeaders(stranger, large), 413, "payload_too_large"],
    [signedHeaders(server.telnyx, large), 413, "payload_too_large"],
  ];
  for (const [headers, status, code] of cases) {
    const response = await fetch(`${server.url}/webhooks/telnyx`, { method: "POST", headers, body: large });
    expect(await response.json()).toMatchObject({ error: { code } });
    expect(response.status).toBe(status);
  }
});

test("megabytes with wrong signatures keep no genuine webhook waiting", async () => {
  const body = Buffer.alloc(MIB, "x");
  let isOver = false;
  const flood = Array.from({ length: 12 }, async () => {
    while (!isOver) {
      const init = { method: "POST", headers: plausible(), body };
      const { status } = await fetch(`${server.url}/webhooks/telnyx`, init);
      expect([401, 503]).toContain(status);
    }
  });
  const watch = new TurnWatch(server);
  const cpuMs = await watch.shortest(async () => {
    for (let i = 0; i < 50; i++)
      expect(await deliver(server.url, server.telnyx, smsEvent(NUMBER, `genuine ${i}`))).toBe("stored");
  }, 2 * MAX_TURN_MS);
  isOver = true;
  await Promise.all(flood);
  watch.stop();
  expect(cpuMs).toBeLessThan(2 * MAX_TURN_MS); // a dozen megabytes arrive in one turn, too
});

test("bodies that never end have a bound together, and give way to what is genuine", async () => {
  const before = residentMb();
  const sockets = Array.from({ length: 150 }, () => {
    const { hostname, port } = new URL(server.url);
    const socket = createConnection({ host: hostname, port: Number(port) });
    socket.on("error", () => undefined);
    socket.write(head({ "content-length": String(MIB) }));
    socket.write(Buffer.alloc(MIB - 1, "x"));
    atTheEnd(() => socket.destroy());
    return socket;
  });
  const statuses: number[] = [];
  for (const socket of sockets)
    socket.on("data", (chunk) => statuses.push(Number(String(chunk).slice(9, 12))));
  for (let i = 0; i < 20; i++)
    expect(await deliver(server.url, server.telnyx, smsEvent(NUMBER, `beside them ${i}`))).toBe("stored");
  expect(residentMb() - before).toBeLessThan(150);
  await until("each is given up, for others or for its time", () => statuses.length === sockets.length);
  expect(new Set(statuses)).toEqual(new Set([503]));
  for (const socket of sockets) socket.destroy();
});

test("what is signed and strange does not hold the process up", async () => {
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => `+1415${2_000_000 + i}`);
  const shapes: Record<string, () => unknown> = {
    "60,000 recipients": () => smsEvent(NUMBER, "", { to: numbers(60_000) }),
    "60,000 recipients that are none": () =>
      smsEvent(NUMBER, "", { to: numbers(60_000).map((n) => `(${n}`) }),
    "25,000 objects as recipients": () =>
      smsEvent(NUMBER, "", {
        to: Array(25_000).fill({ phone_number: NUMBER }),
      }),
    "10,000 media": () =>
      smsEvent(NUMBER, "", { media: Array(10_000).fill({ url: "https://example.com/a.png" }) }),
    "50,000 in cc": () => smsEvent(NUMBER, "", { cc: numbers(50_000) }),
    "a long text to 50 numbers": () => smsEvent(NUMBER, "x".repeat(900_000), { to: numbers(50) }),
    "a text of marks": () => smsEvent(NUMBER, `a${"\u0301\u0316".repeat(200_000)}`),
    "a text of spaces": () => smsEvent(NUMBER, `${" ".repeat(900_000)}x`),
    "a subject of spaces": () => smsEvent(NUMBER, "a", { type: "MMS", subject: `${" ".repeat(900_000)}x` }),
    "lists in lists": () => `${"[".repeat(500_000)}`,
    "objects in objects": () => `${'{"a":'.repeat(100_000)}`,
    "many names": () => `{${Array.from({ length: 60_000 }, (_, i) => `"${i}":1`).join()}}`,
    escapes: () => smsEvent(NUMBER, "\\u0000".repeat(100_000)),
    times: () => smsEvent(NUMBER, "a", { received_at: `2026-05-22T18:30:00.${"1".repeat(800_000)}x` }),
  };
  const watch = new TurnWatch(server);
  const slow: string[] = [];
  for (const [name, shape] of Object.entries(shapes)) {
    const cpuMs = await watch.shortest(async () => {
      const response = await sendWebhook(server.url, server.telnyx, shape());
      expect([200, 400, 503], name).toContain(response.status);
    });
    if (cpuMs > MAX_TURN_MS) slow.push(`${name}: ${cpuMs.toFixed(0)} ms`);
  }
  watch.stop();
  expect(slow).toEqual([]);
});
