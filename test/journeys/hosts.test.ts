/** A path means the same whatever the `Host`, with a slash at its end and without, and by no other spelling. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { connect } from "node:http2";
import { type AppDeps, createApp } from "../../src/app.ts";
import { selfSigned } from "../harness/certificate.ts";
import { METRICS_TOKEN } from "../harness/metrics.ts";
import { rawHttp } from "../harness/rawhttp.ts";
import { startServer } from "../harness/server.ts";

setDefaultTimeout(120_000);

// Routes are only listed here: none of what they need is called.
const ROUTES = createApp({ corsOrigins: [], isEncrypted: false } as unknown as AppDeps)
  .routes.map(({ method, path }) => ({ method, path: path.replace(/:\w+/g, "x1") }))
  .filter(({ method }) => method !== "HEAD");

const HOSTS = [
  ...["a", "ab", "abc", "app", "abcd", "a.b", "localhost", "inlet.example.com", "a:1", "app:3000", "A"],
  ...["1.2.3.4", "1.2.3.4:80", "[::1]", "[::1]:3000", "a:99999", "a:b", "%41", "xn--a"],
  ...["", " ", "a/b", "a/v1/me", "../x", "a?b", "a#b", "a b", "a@b", "\\x", "ÿ", "://", "x".repeat(8_000)],
];

/** Other addresses than the route's, however they look to whoever normalises them. */
const OTHERS: readonly ((path: string) => string)[] = [
  (path) => `/zzz${path}`,
  (path) => `/z${path}`,
  (path) => `/${path}`,
  (path) => `//${path}`,
  (path) => `${path}//`,
  (path) => `/.${path}`,
  (path) => `/..${path}`,
  (path) => `/a/..${path}`,
  (path) => `/a/%2e%2e${path}`,
  (path) => `/%2E${path}`,
  (path) => `/\\${path}`,
  (path) => path.replaceAll("/", "\\").replace("\\", "/"),
  (path) => `/%2f${path.slice(1)}`,
  (path) => path.replace(/.$/, (last) => `%${last.charCodeAt(0).toString(16)}`),
  (path) => path.toUpperCase(),
  (path) => `${path};a=b`,
  (path) => `${path}#a`,
  (path) => `${path}%00`,
  (path) => `${path}/..`,
  (path) => `${path}/.`,
  (path) => `${path}/x/..`,
  (path) => `${path}/%2e`,
];

/** Nothing is served. What the runtime has rid of dot segments may be told the methods of another address. */
const REFUSED = /^(404 not_found|405 method_not_allowed|0 )$/;

const kindOf = (status: number, body: string) => `${status} ${/"code":"(\w+)"/.exec(body)?.[1] ?? ""}`;

test("HTTP/1: the same answer for every route, host and slash, and no other spelling of it", async () => {
  const server = await startServer({ env: { METRICS_TOKEN } });
  const ask = async (method: string, path: string, host: string | null) => {
    const lines = [
      `${method} ${path} HTTP/1.${host === null ? 0 : 1}`,
      "Connection: close",
      "Content-Length: 0",
    ];
    if (host !== null) lines.push(`Host: ${host}`);
    const { status, body } = await rawHttp(
      server.url,
      Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"),
    );
    return kindOf(status, body);
  };
  for (const { method, path } of ROUTES) {
    const usual = await ask(method, path, "inlet.example.com");
    if (path !== "/docs/x1") expect(usual, path).not.toStartWith("404");
    for (const host of [...HOSTS, null]) {
      const slashed = path === "/docs" ? "308 " : usual; // to the page beside which its parts lie
      expect([await ask(method, path, host), `${path} at ${host}`]).toEqual([usual, `${path} at ${host}`]);
      if (path === "/") continue;
      const where = `${path}/ at ${host}`;
      expect([await ask(method, `${path}/`, host), where]).toEqual([slashed, where]);
    }
    for (const host of ["app", "inlet.example.com", "a/b"])
      for (const other of othersOf(method, path))
        expect(await ask(method, other, host), `${other} at ${host}`).toMatch(REFUSED);
  }
  await server.stop();
});

/** Without those that are another route: a segment such as `nex%74` is a message's id, though nobody's. */
function othersOf(method: string, path: string): string[] {
  const isRoute = (other: string) =>
    ROUTES.some((route) => {
      const isSame = route.method === method && route.path === other;
      const parent = route.path.endsWith("/x1") ? route.path.slice(0, -2) : null;
      return (
        isSame ||
        (parent && other.startsWith(parent) && /^(?!\.|%2e)[^/\\]+$/i.test(other.slice(parent.length)))
      );
    });
  return OTHERS.map((spell) => spell(path)).filter(
    (other) =>
      other.startsWith("/") && other !== path && !isRoute(other) && !isRoute(other.replace(/(.)\/$/, "$1")),
  );
}

test("HTTP/1: two hosts are refused, whatever they say", async () => {
  const server = await startServer();
  for (const hosts of ["Host: a\r\nHost: b", "Host: a\r\nhost: a", "Host: a, b", "Host: \r\nHost: a"])
    for (const path of ["/healthz", "/nothing", "/webhooks/telnyx"]) {
      const { status, body } = await rawHttp(
        server.url,
        `GET ${path} HTTP/1.1\r\n${hosts}\r\nConnection: close\r\n\r\n`,
      );
      expect(kindOf(status, body), hosts).toBe("400 validation_error");
    }
  await server.stop();
});

test("HTTP/2: the same answer for every route, authority and slash, and no other spelling of it", async () => {
  const server = await startServer({ env: { ...selfSigned().env, METRICS_TOKEN } });
  const session = connect(server.url, { rejectUnauthorized: false });
  const ask = (method: string, path: string, authority: string) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const stream = session.request({ ":method": method, ":path": path, ":authority": authority });
    let [status, body] = [0, ""];
    stream.on("response", (headers) => {
      status = Number(headers[":status"]);
    });
    stream.on("data", (chunk) => {
      body += chunk;
    });
    stream.on("error", () => undefined);
    stream.on("close", () => resolve(kindOf(status, body)));
    stream.end();
    return promise;
  };
  for (const { method, path } of ROUTES) {
    const usual = await ask(method, path, "inlet.example.com");
    if (path !== "/docs/x1") expect(usual, path).not.toStartWith("404");
    for (const authority of ["a", "app", "a:1", "[::1]", "a/b", "a/v1/me", "a b"]) {
      expect(await ask(method, path, authority), `${path} at ${authority}`).toBe(usual);
      if (path !== "/" && path !== "/docs")
        expect(await ask(method, `${path}/`, authority), `${path}/ at ${authority}`).toBe(usual);
    }
    for (const other of othersOf(method, path))
      expect(await ask(method, other, "app"), other).toMatch(REFUSED);
  }
  session.destroy();
  await server.stop();
});
