/** Nothing that a request says decides how long one turn of the event loop takes: each route, header and parameter. */
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { connect } from "node:http2";
import { createConnection } from "node:net";
import { type AppDeps, createApp } from "../../src/app.ts";
import { selfSigned } from "../harness/certificate.ts";
import { food } from "../harness/food.ts";
import { MAX_TURN_MS, TurnWatch } from "../harness/longestturn.ts";
import { addTenant, type Server, startServer } from "../harness/server.ts";

setDefaultTimeout(300_000);

// Routes are only listed here: none of what they need is called.
const ROUTES = createApp({ corsOrigins: [], isEncrypted: false } as unknown as AppDeps)
  .routes.map(({ method, path }) => ({ method, path: path.replace(/:\w+/, "x1") }))
  .filter(({ path }) => !path.startsWith("/v1/"));

const HEADERS = [
  ...[
    "accept",
    "accept-encoding",
    "accept-language",
    "authorization",
    "cache-control",
    "content-type",
    "cookie",
  ],
  ...[
    "expect",
    "forwarded",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "last-event-id",
    "origin",
    "range",
  ],
  ...[
    "access-control-request-headers",
    "access-control-request-method",
    "referer",
    "te",
    "upgrade",
    "user-agent",
  ],
  ...[
    "sec-fetch-site",
    "telnyx-signature-ed25519",
    "telnyx-timestamp",
    "x-forwarded-for",
    "x-forwarded-host",
  ],
];

const PARAMETERS = [
  ...[
    "after",
    "cursor",
    "from",
    "lastEventId",
    "last_event_id",
    "limit",
    "order",
    "q",
    "since",
    "ticket",
    "timeout",
  ],
  ...["to", "to[]", "until", "unknown"],
];

/** What reads its query. The others look at its length alone, whatever the names in it. */
const WITH_PARAMETERS = /^\/api\/v1\//;
const ANY_PARAMETERS = ["q", "unknown"];

const ENV = { TRUST_PROXY: "127.0.0.1,::1,10.0.0.0/8", CORS_ORIGINS: "https://app.example.com" };
let server: Server;
let key: string;

beforeAll(async () => {
  server = await startServer({ env: ENV });
  ({ key } = await addTenant(server.folder, "+14155551900"));
});

/** Sends the bytes on a connection of their own, and is content with the first of the answer. */
function poke({ url }: Server, request: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { hostname, port } = new URL(url);
  const socket = createConnection({ host: hostname, port: Number(port) }, () =>
    socket.write(request, "latin1"),
  );
  socket.on("data", () => socket.destroy());
  socket.on("error", () => undefined);
  socket.on("close", () => resolve());
  return promise;
}

function request(method: string, path: string, headers: Record<string, string>): string {
  const lines = Object.entries({ host: "inlet.example.com", "content-length": "0", ...headers });
  return `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}`).join("\r\n")}\r\n\r\n`;
}

/** Holds every one of these to the rule, and names those that broke it. */
async function hold(
  watched: Server,
  cases: readonly (readonly [string, () => Promise<unknown>])[],
): Promise<void> {
  const watch = new TurnWatch(watched);
  const slow: string[] = [];
  for (const [name, work] of cases) {
    const cpuMs = await watch.shortest(work);
    if (cpuMs > MAX_TURN_MS) slow.push(`${name}: ${cpuMs.toFixed(0)} ms`);
  }
  watch.stop();
  expect(slow).toEqual([]);
}

test("no header does, on any route, with a key and without", async () => {
  const values = food(14_000);
  const cases = ROUTES.flatMap(({ method, path }) =>
    ["host", ...HEADERS].map((name) => {
      const work = async () => {
        for (const value of values) {
          const authorization = values.indexOf(value) % 2 === 0 ? { authorization: `Bearer ${key}` } : {};
          await poke(server, request(method, `${path}?timeout=0`, { ...authorization, [name]: value }));
        }
      };
      return [`${method} ${path} with ${name}`, work] as const;
    }),
  );
  await hold(server, cases);
});

test("no parameter does, given once or a thousand times, and no path", async () => {
  const authorization = `Bearer ${key}`;
  const values = [...food(8_000), ...food(450)].map((value) =>
    value.replaceAll(/[\s"<>#]/g, encodeURIComponent),
  );
  const cases = ROUTES.flatMap(({ method, path }) =>
    (WITH_PARAMETERS.test(path) ? PARAMETERS : ANY_PARAMETERS).map((name) => {
      const queries = values.map((value) => `${name}=${value}`.slice(0, 8_000));
      const often = Array.from({ length: 900 }, (_, i) => `${name}=${i}`).join("&");
      const work = async () => {
        for (const query of [...queries, often, often.replaceAll("=", "=%2B1415555"), `${name}&`.repeat(700)])
          await poke(server, request(method, `${path}?timeout=0&${query}`, { authorization }));
      };
      return [`${method} ${path} with ${name}`, work] as const;
    }),
  );
  await hold(server, cases);
  const paths = food(14_000).map((value) => value.replaceAll(/[\s"<>#?]/g, encodeURIComponent));
  const prefixes = ["/", "/docs/", "/api/v1/sms/messages/", "/v1/", "/api/v1/sms/messages/msg_1/media/"];
  await hold(
    server,
    prefixes.flatMap((prefix) =>
      ["GET", "POST", "OPTIONS"].map((method) => {
        const headers = {
          authorization,
          origin: "https://app.example.com",
          "access-control-request-method": "GET",
        };
        const work = async () => {
          for (const path of paths)
            await poke(server, request(method, (prefix + path).slice(0, 14_000), headers));
        };
        return [`${method} ${prefix}…`, work] as const;
      }),
    ),
  );
});

test("over HTTP/2 neither", async () => {
  const here = await startServer({ env: { ...ENV, ...selfSigned().env } });
  const tenant = await addTenant(here.folder, "+14155551901");
  const session = connect(here.url, { rejectUnauthorized: false });
  session.on("error", () => undefined);
  const ask = (headers: Record<string, string>) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stream = session.request(headers);
    stream.on("response", () => stream.close());
    stream.on("error", () => undefined);
    stream.on("close", () => resolve());
    stream.end();
    return promise;
  };
  const values = food(7_000);
  const names = HEADERS.filter((name) => name !== "te" && name !== "upgrade");
  // Behind the front all is as over HTTP/1: each value goes to one of the routes, and so each header to all of them.
  const cases = [":authority", ...names].map((name) => {
    const work = async () => {
      for (const [at, value] of values.entries()) {
        const { method = "GET", path = "/" } = ROUTES[at % ROUTES.length] ?? {};
        await ask({
          ":method": method,
          ":path": `${path}?timeout=0&q=${encodeURIComponent(value).slice(0, 3_000)}`,
          authorization: `Bearer ${tenant.key}`,
          [name]: value.trim(),
        });
      }
    };
    return [name, work] as const;
  });
  await hold(here, cases);
  session.destroy();
  await here.stop();
});
