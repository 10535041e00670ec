/** What an answer means: a stream, a reason to come back, or one to give up; and that the key goes nowhere else. */
import { expect, test } from "bun:test";
import { connect, streamUrl } from "../../src/client/connect.ts";
import { RetryableError } from "../../src/client/failures.ts";
import { CommandError } from "../../src/errors.ts";
import { tenant, testService } from "../harness/service.ts";
import { failure } from "./script.ts";

const target = { url: "http://sms.test", key: "inlet_secret", to: [], since: null };
const start = { cursor: null, elapsedMs: 0, wasStream: false };
const { signal } = new AbortController();

async function outcome(response: Response, wasStream = false): Promise<unknown> {
  return connect(target, { ...start, wasStream }, signal, async () => response).catch(
    (error: unknown) => error,
  );
}

test("200 with a stream is a stream", async () => {
  const headers = { "content-type": "Text/Event-Stream; charset=utf-8" };
  expect(await outcome(new Response(": hello\n\n", { headers }))).toBeInstanceOf(ReadableStream);
});

test("429, 408 and the server's own trouble pass by themselves; what the client did wrong does not", async () => {
  for (const status of [408, 425, 429, 500, 502, 503, 504])
    expect(await outcome(new Response("", { status }))).toBeInstanceOf(RetryableError);
  for (const status of [201, 204, 400, 401, 403, 404, 405, 410, 431])
    expect(await outcome(new Response(null, { status }))).toBeInstanceOf(CommandError);
});

test("where a stream has been before, a page or a 404 is something in between, and passes", async () => {
  const page = () => new Response("<p>Back soon", { headers: { "content-type": "text/html" } });
  expect(await outcome(page(), true)).toBeInstanceOf(RetryableError);
  expect(await outcome(new Response("", { status: 404 }), true)).toBeInstanceOf(RetryableError);
  for (const status of [400, 401, 403])
    expect(await outcome(new Response("", { status }), true)).toBeInstanceOf(CommandError);
});

test("the envelope's sentence and its fields are shown, a page of a megabyte is not", async () => {
  const error = {
    code: "validation_error",
    message: "The query is not valid.",
    fields: { to: "must be yours" },
  };
  expect(await outcome(new Response(JSON.stringify({ error }), { status: 400 }))).toMatchObject({
    message: "http://sms.test answered 400: The query is not valid. to must be yours",
  });
  const odd = ["", "<html>", "null", "[]", '{"error":null}', '{"error":{"message":7}}', "x".repeat(2 ** 20)];
  for (const body of odd)
    expect(await outcome(new Response(body, { status: 400 }))).toMatchObject({
      message: "http://sms.test answered 400",
    });
  const long = JSON.stringify({ error: { message: "m".repeat(10_000) } });
  expect(((await outcome(new Response(long, { status: 400 }))) as Error).message.length).toBeLessThan(400);
});

test("something else than a stream is refused by its name", async () => {
  const page = new Response("<p>Welcome", { headers: { "content-type": "text/html" } });
  expect(await outcome(page)).toMatchObject({ message: expect.stringContaining("answered with text/html") });
});

test("a redirect is not followed, not even within the server", async () => {
  const seen: (string | null)[] = [];
  const other = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => {
      seen.push(request.headers.get("authorization"));
      return new Response("");
    },
  });
  const first = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => Response.redirect(`${other.url.href}elsewhere`, 307),
  });
  try {
    const asking = connect({ ...target, url: first.url.href }, start, signal, fetch);
    expect(await failure(asking)).toMatch(
      /answered 307 and points to http.*elsewhere: the key is not sent there/,
    );
    expect(seen).toEqual([]);
  } finally {
    await Promise.all([first.stop(true), other.stop(true)]);
  }
});

test("the address of the stream itself will do", () => {
  const long = { ...target, url: "https://sms.test/v1/sms/stream/" };
  expect(streamUrl(long, start)).toBe("https://sms.test/v1/sms/stream");
  expect(streamUrl({ ...target, since: "all" }, start)).toBe("http://sms.test/api/v1/sms/stream?since=all");
  expect(
    streamUrl({ ...target, since: { time: "2026-05-22T18:30:00.000Z" } }, { cursor: "e-1", elapsedMs: 0 }),
  ).toBe("http://sms.test/api/v1/sms/stream");
});

test("a real service takes what is asked for in this way", async () => {
  const service = await testService();
  const { key, number } = await tenant(service, "+14155550101");
  const abort = new AbortController();
  const asked = { url: service.url, key, to: [number], since: { durationMs: 60_000 } };
  const body = await connect(asked, { cursor: null, elapsedMs: 1, wasStream: false }, abort.signal, fetch);
  const { value } = await body.getReader().read();
  expect(new TextDecoder().decode(value)).toContain("event: connected");
  abort.abort();
});

test("a certificate that is not trusted is told with the way to trust it; where a stream has been, it passes", async () => {
  for (const code of [
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "CERT_HAS_EXPIRED",
  ]) {
    const ask = (wasStream: boolean) =>
      connect(target, { ...start, wasStream }, signal, () => Promise.reject(Object.assign(new Error("no"), { code })))
        .catch((error: unknown) => error); // biome-ignore format: one step
    expect(await ask(true), code).toBeInstanceOf(RetryableError);
    const error = await ask(false);
    expect(error, code).toBeInstanceOf(CommandError);
    expect(String(error), code).toContain("NODE_EXTRA_CA_CERTS=FILE");
  }
});
