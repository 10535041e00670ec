/** The same text however often it comes is one message, and what is not Telnyx's is none. Harm: hostile.test.ts. */
import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { inletJson } from "../harness/cli.ts";
import { addTenant, type Server, startServer } from "../harness/server.ts";
import { connect } from "../harness/stream.ts";
import { deliver, sendWebhook, signedHeaders, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(60_000);
const MIB = 1024 * 1024;
const NUMBER = "+14155559999";

/** Asks the file itself, by somebody else's SQLite. */
function ask<Row>({ folder }: Server, sql: string): Row[] {
  const database = new Database(join(folder, "inlet.db"), { readonly: true });
  database.run("PRAGMA busy_timeout = 10000");
  const rows = database.query<Row, []>(sql).all();
  database.close();
  return rows;
}

const count = (server: Server, table = "messages") =>
  ask<{ n: number }>(server, `SELECT count(*) AS n FROM ${table}`)[0]?.n;

function post(
  { url }: Server,
  headers: Record<string, string>,
  body: string | ReadableStream,
): Promise<Response> {
  return fetch(`${url}/webhooks/telnyx`, { method: "POST", headers, body });
}

async function errorOf(response: Response): Promise<string> {
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  expect(error.message).not.toBe("");
  return `${response.status} ${error.code}`;
}

/** A stored text more, and what a client that begins now has then been sent in all. */
async function replayed(server: Server, key: string) {
  const last = `the last one ${crypto.randomUUID()}`;
  expect(await deliver(server.url, server.telnyx, smsEvent(NUMBER, last))).toBe("stored");
  const client = await connect(server.url, { key, query: "?since=all" });
  await client.event("caught_up");
  expect(client.bodies.at(-1)).toBe(last);
  return client.messages;
}

for (const processes of [1, 2]) {
  test(`a hundred copies at once to ${processes} process(es) are one row, one stored and one event`, async () => {
    const server = await startServer();
    const { key } = await addTenant(server.folder, NUMBER);
    const servers = [server, ...(processes > 1 ? [await startServer(server)] : [])];
    const clients = await Promise.all(servers.map(({ url }) => connect(url, { key })));
    for (let round = 1; round <= 5; round++) {
      const event = smsEvent(NUMBER, `text ${round}`);
      const sends = Array.from({ length: 100 }, (_, i) =>
        deliver(servers[i % processes]?.url ?? "", server.telnyx, event),
      );
      const outcomes = await Promise.all(sends);
      expect(outcomes.filter((outcome) => outcome === "stored")).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === "duplicate")).toHaveLength(99);
      expect(count(server)).toBe(round);
    }
    const expected = [1, 2, 3, 4, 5].map((round) => `text ${round}`);
    for (const client of clients) {
      await client.messageCount(5);
      expect(client.bodies).toEqual(expected);
    }
    const messages = await replayed(server, key);
    expect(messages.slice(0, -1).map(({ body }) => body)).toEqual(expected);
  });
}

test("what was deleted stays away, however late its copies come", async () => {
  const server = await startServer();
  const { key } = await addTenant(server.folder, NUMBER);
  const event = smsEvent(NUMBER, "forget this");
  expect(await deliver(server.url, server.telnyx, event)).toBe("stored");
  const [message] = await inletJson<{ message_id: string }[]>(server.folder, ["messages", "list"]);
  await inletJson(server.folder, ["messages", "delete", message?.message_id ?? ""]);
  expect(await deliver(server.url, server.telnyx, event)).toBe("duplicate");
  expect(count(server)).toBe(0);
  await server.kill();
  const again = await startServer(server);
  expect(await deliver(again.url, again.telnyx, event)).toBe("duplicate");
  expect(await replayed(again, key)).toHaveLength(1);
});

test("a text to two of our numbers is one message for each, and the best outcome is answered", async () => {
  const server = await startServer();
  const one = await addTenant(server.folder, NUMBER);
  const two = await addTenant(server.folder, "+14155558888");
  const clients = await Promise.all([one, two].map(({ key }) => connect(server.url, { key })));
  const to = [one.number, two.number, one.number, "+14155550000"].map((phone_number) => ({ phone_number }));
  const event = smsEvent("", "to all of you", { to, cc: [{ phone_number: two.number }] });
  const first = structuredClone(event);
  Object.assign(first.data.payload, { to: to.slice(3) });
  expect(await deliver(server.url, server.telnyx, first)).toBe("unrouted");
  expect(await deliver(server.url, server.telnyx, event)).toBe("stored");
  expect(await deliver(server.url, server.telnyx, event)).toBe("duplicate");
  expect(count(server)).toBe(3);
  const ids = await Promise.all(
    clients.map(async (client, i) => {
      await client.messageCount(1);
      expect(client.messages).toMatchObject([{ to: to[i]?.phone_number, body: "to all of you" }]);
      return client.messages[0]?.message_id;
    }),
  );
  expect(new Set(ids).size).toBe(2);
});

test("a webhook altered by one byte is refused, wherever the byte is", async () => {
  const server = await startServer();
  const body = JSON.stringify(smsEvent(NUMBER, "exactly this"));
  const headers = signedHeaders(server.telnyx, body);
  const alter = (text: string, at: number) =>
    `${text.slice(0, at)}${String.fromCharCode(text.charCodeAt(at) ^ 1)}${text.slice(at + 1)}`;
  for (let at = 0; at < body.length; at += 17) {
    expect(await errorOf(await post(server, headers, alter(body, at)))).toBe("401 unauthorized");
  }
  for (const name of ["telnyx-signature-ed25519", "telnyx-timestamp"]) {
    const wrong = { ...headers, [name]: alter(headers[name] ?? "", 9) };
    expect(await errorOf(await post(server, wrong, body))).toBe("401 unauthorized");
    const { [name]: _, ...missing } = headers;
    expect(await errorOf(await post(server, missing, body))).toBe("401 unauthorized");
  }
  for (const at of [Date.now() - 302_000, Date.now() + 302_000]) {
    expect(await errorOf(await post(server, signedHeaders(server.telnyx, body, at), body))).toBe(
      "401 unauthorized",
    );
  }
  expect(count(server)).toBe(0);
  expect((await post(server, headers, body)).status).toBe(200);
});

test("too large is 413, no JSON is 400, and nothing of it is kept", async () => {
  const server = await startServer();
  const large = JSON.stringify(smsEvent(NUMBER, "x".repeat(MIB)));
  const fits = JSON.stringify(smsEvent(NUMBER, "x".repeat(MIB - 2_000)));
  const inChunks = (text: string) =>
    new ReadableStream({
      async start(controller) {
        for (let at = 0; at < text.length; at += 60_000) {
          controller.enqueue(new TextEncoder().encode(text.slice(at, at + 60_000)));
          await new Promise((resolve) => setImmediate(resolve));
        }
        controller.close();
      },
    });
  const signed = signedHeaders(server.telnyx, large);
  expect(await errorOf(await post(server, signed, large))).toBe("413 payload_too_large");
  expect(await errorOf(await post(server, {}, large))).toBe("401 unauthorized");
  expect(await errorOf(await post(server, signed, inChunks(large)))).toBe("413 payload_too_large");
  for (const body of ["", "no JSON", '{"data":', "\0", `${fits}}`, "[".repeat(300_000)]) {
    expect(await errorOf(await sendWebhook(server.url, server.telnyx, body))).toBe("400 validation_error");
  }
  expect(count(server)).toBe(0);
  const chunked = await post(server, signedHeaders(server.telnyx, fits), inChunks(fits));
  expect(await chunked.json()).toEqual({ data: { outcome: "unrouted" } });
});

test("without TELNYX_PUBLIC_KEY a webhook is told to come back, and the log says why", async () => {
  const server = await startServer({ env: { TELNYX_PUBLIC_KEY: "" } });
  const response = await sendWebhook(server.url, server.telnyx, smsEvent(NUMBER, "hello?"));
  expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await errorOf(response)).toBe("503 unavailable");
  await until("the log says so", () => /"level":"ERROR".*TELNYX_PUBLIC_KEY/.test(server.log()));
  expect(count(server)).toBe(0);
});
