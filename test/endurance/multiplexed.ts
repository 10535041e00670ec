/** HTTP/2 as an attacker speaks it: streams reset as soon as they are opened, and windows of nothing. */
import { selfSigned } from "../harness/certificate.ts";
import { addTenant, type Server, startServer, type Tenant } from "../harness/server.ts";
import { get, open, reset } from "./frames.ts";
import { besideOthers } from "./others.ts";
import type { Outcome, Trial } from "./trial.ts";

const PATHS = ["/v1/sms/stream?since=all", "/v1/sms/messages?limit=50", "/v1/me", "/openapi.json"];
const CONNECTIONS = 4;
/** On one connection, before the next is opened. */
const RESETS = 1_000;
const RESETS_AT_ONCE = 50;
/** Streams on one connection of which nothing is taken. */
const UNTAKEN = 100;
const WINDOW_MS = 1_500;

async function start(): Promise<{ server: Server; tenant: Tenant; authority: string }> {
  const server = await startServer({ env: { ...selfSigned().env, MAX_STREAMS_PER_KEY: "1000" } });
  const tenant = await addTenant(server.folder, "+14155550001");
  return { server, tenant, authority: new URL(server.url).host };
}

const path = (n: number) => PATHS[n % PATHS.length] ?? "/";

async function resets(isOver: () => boolean): Promise<Outcome> {
  const { server, tenant, authority } = await start();
  const outcome = await besideOthers(server, tenant, async () => {
    let [connections, streams, closed] = [0, 0, 0];
    const attack = async () => {
      do {
        const connection = await open(server.url, 65_535);
        connections++;
        for (let n = 0; n < RESETS && !connection.isClosed(); n += RESETS_AT_ONCE) {
          const frames = Array.from({ length: RESETS_AT_ONCE }, (_, i) => 2 * (n + i) + 1).flatMap((id) => [
            get(id, authority, path((id - 1) / 2), tenant.key),
            reset(id),
          ]);
          connection.write(Buffer.concat(frames));
          streams += RESETS_AT_ONCE;
          await Bun.sleep(0);
        }
        if (connection.isClosed()) closed++;
        connection.destroy();
      } while (!isOver());
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, attack));
    return { connections, connectionsClosedByServer: closed, resets: streams };
  });
  await server.kill();
  return outcome;
}

async function windows(isOver: () => boolean): Promise<Outcome> {
  const { server, tenant, authority } = await start();
  const outcome = await besideOthers(server, tenant, async () => {
    let streams = 0;
    do {
      const opened = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(server.url, 0)));
      for (const connection of opened)
        for (let i = 0; i < UNTAKEN; i++) {
          connection.write(get(2 * i + 1, authority, path(i), tenant.key));
          streams++;
        }
      await Bun.sleep(WINDOW_MS);
      for (const connection of opened) connection.destroy();
    } while (!isOver());
    return { streamsNotTaken: streams };
  });
  await server.kill();
  return outcome;
}

export const rapidReset: Trial = { name: "HTTP/2 streams reset at once", run: resets };
export const zeroWindows: Trial = { name: "HTTP/2 windows of nothing", run: windows };
