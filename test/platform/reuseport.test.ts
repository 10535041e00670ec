/** Of two that listen on one port, the first lets the second have what comes. */
import { expect, test } from "bun:test";
import { handOverPort } from "../../src/platform/reuseport.ts";
import { atTheEnd } from "../harness/cleanup.ts";

function listener(name: string, port: number) {
  const fetch = () => new Response(name);
  const server = Bun.serve({ hostname: "127.0.0.1", port, reusePort: true, fetch });
  atTheEnd(() => server.stop(true));
  return server;
}

async function answersOf(url: URL): Promise<string[]> {
  const ask = async () => (await fetch(url, { keepalive: false, headers: { connection: "close" } })).text();
  return Promise.all(Array.from({ length: 60 }, ask));
}

test("the first hands over to the second, and keeps what comes while there is none", async () => {
  const first = listener("first", 0);
  const port = Number(first.port);
  expect(handOverPort(port)).toBe(true);
  expect(new Set(await answersOf(first.url))).toEqual(new Set(["first"]));
  listener("second", port);
  expect(handOverPort(port)).toBe(true);
  expect(new Set(await answersOf(first.url))).toEqual(new Set(["second"]));
  await first.stop(true);
  expect(new Set(await answersOf(first.url))).toEqual(new Set(["second"]));
});

test("a port on which nobody listens here is handed over by nobody", () => {
  expect(handOverPort(1)).toBe(false);
});
