/** The clients that people use, each on a stream that ends again and again. */
import { beforeAll, test } from "bun:test";
import { addTenant, type Server, startServer } from "../harness/server.ts";
import { comesBackByItself, type Follow } from "./clients/contract.ts";
import { curl } from "./clients/curl.ts";
import { eventsource2UnderNode } from "./clients/node.ts";
import {
  eventsource2,
  eventsource5,
  eventsourceClient,
  launchDarkly,
  polyfill,
  undici,
} from "./clients/packages.ts";

const CLIENTS: [name: string, follow: Follow, number: string][] = [
  ["curl with the last id", curl, "+14155550101"],
  ["eventsource 2 as in the published example", eventsource2, "+14155550102"],
  ["eventsource 2 under Node", eventsource2UnderNode, "+14155550108"],
  ["eventsource 5 with a fetch that adds the key", eventsource5, "+14155550103"],
  ["eventsource-client", eventsourceClient, "+14155550104"],
  ["launchdarkly-eventsource with a read timeout", launchDarkly, "+14155550105"],
  ["event-source-polyfill, which resumes by the query", polyfill, "+14155550106"],
  ["undici's EventSource behind a dispatcher", undici, "+14155550107"],
];

/** Three streams of 1.5 s and three waits of up to 2 s, on a busy machine. */
const TIMEOUT_MS = 60_000;

let server: Server;

beforeAll(async () => {
  server = await startServer({ env: { STREAM_HEARTBEAT_SECONDS: "0.2", STREAM_MAX_SECONDS: "1.5" } });
});

test.concurrent.each(CLIENTS)(
  "%s gets every text once, over the ends of streams",
  async (_, follow, number) => {
    const tenant = await addTenant(server.folder, number);
    await comesBackByItself(follow, server, tenant);
  },
  TIMEOUT_MS,
);
