/** Wires database, directory, writer, tail, hub and routes; starts them, drains them, stops them. */
import type { KeyObject } from "node:crypto";
import { createApp } from "./app.ts";
import type { Bell } from "./cluster/bell.ts";
import { POLL_LOCAL_MS, POLL_REMOTE_MS, Poll } from "./cluster/poll.ts";
import type { Config } from "./config.ts";
import { type Database, openServingDatabase } from "./database/database.ts";
import { databasePath, shownDatabaseUrl } from "./database/url.ts";
import { causeCode, Refusal } from "./errors.ts";
import { UnreadableEvents } from "./inbound/unreadable.ts";
import { telnyxPublicKey } from "./inbound/verify.ts";
import { Guard } from "./keys/guard.ts";
import { KeyUsage } from "./keys/usage.ts";
import { log } from "./log.ts";
import { Retention } from "./messages/retention.ts";
import { Tail } from "./messages/tail.ts";
import { Writer } from "./messages/writer.ts";
import { Hub } from "./stream/hub.ts";
import { Streams } from "./stream/streams.ts";

export interface ServiceOptions {
  /** Trusted besides Telnyx's keys: development mode. */
  readonly developmentKey?: KeyObject;
  /** Wakes the other processes over the same database, and is woken by them. Without it they only look. */
  readonly bell?: Bell;
  /** Whether other processes of this user may listen on the same port: workers do. */
  readonly sharesPort?: boolean;
  readonly now?: () => number;
  /** From 0 up to 1. */
  readonly random?: () => number;
}

export interface Service {
  readonly url: string;
  readonly database: Database;
  /** Ends the streams with `closing`, lets webhooks in flight finish, and stops. Safe to call twice. */
  readonly close: () => Promise<void>;
}

/** A connection that is no stream may be quiet for this long, in seconds. */
const IDLE_SECONDS = 30;
/** The runtime's greatest. */
const LONGEST_IDLE_SECONDS = 255;

/** Throws `Refusal` when the database or the port cannot be had. */
export async function startService(config: Config, options: ServiceOptions = {}): Promise<Service> {
  const now = options.now ?? Date.now;
  const random = options.random ?? Math.random;
  const database = await openServingDatabase(config.database);
  if (database.created) log.info("database created", { database: shownDatabaseUrl(config.database.url) });
  let isDraining = false;
  const draining = () => isDraining;

  const installation = await database.installation();
  const hub = new Hub(installation.epoch, installation.position);
  const tail = new Tail(
    database.read,
    installation,
    (news) => hub.announce(news),
    () => hub.forget(),
  );
  const usage = new KeyUsage(database, now);
  const guard = new Guard(database, now, (keyId) => usage.note(keyId));
  guard.refresh(installation.directoryVersion);
  const streams = new Streams({
    hub,
    guard,
    read: database.read,
    limits: config,
    heartbeatMs: config.heartbeatMs,
    maxStreamMs: config.maxStreamMs,
    now,
    steady: options.now ?? (() => performance.now()),
    random,
  });
  const writer = new Writer(database.write, (inserted) => {
    tail.offer(inserted);
    options.bell?.ring();
  });
  options.bell?.listen(() => tail.hear());
  const everyMs = databasePath(config.database.url) === null ? POLL_REMOTE_MS : POLL_LOCAL_MS;
  const poll = new Poll({ tail, guard, streams, everyMs, now });
  const retention = new Retention(database, config.retentionMs, now);
  const publicKeys = [
    ...config.telnyxPublicKeys.map(telnyxPublicKey),
    ...(options.developmentKey ? [options.developmentKey] : []),
  ];

  const app = createApp({
    guard,
    webhook: { publicKeys, writer, unreadable: new UnreadableEvents(database.write), now },
    stream: { database, guard, tail, hub, streams, isDraining: draining, now, random },
    health: { database, isDraining: draining },
    streamIdleSeconds: Math.min(LONGEST_IDLE_SECONDS, Math.ceil((3 * config.heartbeatMs) / 1000) + 8),
  });
  try {
    app.listen({
      hostname: config.host,
      port: config.port,
      // Elysia's own default is true: a second process would share the port in silence, and take half the traffic.
      reusePort: options.sharesPort ?? false,
      idleTimeout: IDLE_SECONDS,
      development: false,
      // The routes bound their bodies themselves, with the contract's envelope; the runtime's 413 has none.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    });
  } catch (error) {
    streams.stop();
    database.close();
    throw cannotListen(config, error);
  }
  const server = app.server;
  if (!server) throw new Error("the server did not start");
  poll.start();
  retention.start();

  let closing: Promise<void> | null = null;
  return { url: server.url.origin, database, close: () => (closing ??= close()) };

  async function close(): Promise<void> {
    isDraining = true;
    const stopped = server?.stop();
    poll.stop();
    retention.stop();
    streams.closeAll("shutdown");
    await Promise.race([Promise.all([stopped, writer.drained()]), Bun.sleep(config.shutdownMs)]);
    await server?.stop(true);
    streams.stop();
    await usage.flush();
    database.close();
  }
}

function cannotListen({ host, port }: Config, error: unknown): Refusal {
  const code = causeCode(error);
  const why =
    code === "EADDRINUSE"
      ? "is in use: stop what listens there, or set PORT (0 takes a free one)"
      : `cannot be had (${code ?? String(error)})`;
  return new Refusal(`${host}:${port} ${why}`, { cause: error });
}
