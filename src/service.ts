/** Wires database, directory, writer, tail, hub and routes; starts them, drains them, stops them. */
import type { KeyObject } from "node:crypto";
import { InFlight } from "./api/inflight.ts";
import { ticketRate } from "./api/tickets.ts";
import { createApp } from "./app.ts";
import { answering } from "./cluster/answering.ts";
import type { Bell } from "./cluster/bell.ts";
import { Rollcall } from "./cluster/rollcall.ts";
import { openCluster } from "./cluster/room.ts";
import type { Config } from "./config/config.ts";
import type { DemoDeps } from "./console/demo.ts";
import { Console } from "./console/route.ts";
import { localPath } from "./database/file/create.ts";
import { type Database, openServingDatabase } from "./database/open.ts";
import { cannotListen, listenOptions, streamIdleSeconds } from "./http/listen.ts";
import { Unanswered } from "./http/unanswered.ts";
import { openKeys } from "./keys/room.ts";
import { Manual } from "./manual/route.ts";
import { type MediaOptions, openMedia } from "./media/room.ts";
import type { StoredMessage } from "./message.ts";
import { ChangeFeed, type Reached } from "./messages/changefeed.ts";
import { Retention } from "./messages/retention.ts";
import { Writer } from "./messages/writer.ts";
import { leaving } from "./operations/leave.ts";
import { type Gather, openOperations } from "./operations/room.ts";
import { handOverPort } from "./platform/reuseport.ts";
import { Slices } from "./platform/slices.ts";
import { Reference } from "./reference/route.ts";
import { Indexer } from "./search/indexer.ts";
import { openStreams } from "./stream/room.ts";
import { openTelnyx } from "./telnyx/room.ts";

export interface ServiceOptions {
  /** Trusted besides Telnyx's keys: development mode. */
  readonly developmentKey?: KeyObject;
  /** Wakes the other processes over the same database, and is woken by them. Without it they only look. */
  readonly bell?: Bell;
  /** What each process of this start says of itself, with what this one says. Without it this one is alone. */
  readonly gather?: Gather;
  /** Whether other processes of this user may listen on the same port: workers do. */
  readonly sharesPort?: boolean;
  /** There was a database, and none is begun where it was: false by default. */
  readonly databaseExists?: boolean;
  /** For the manual: every command's help, in Markdown. */
  readonly describeCommands?: () => string;
  /** What `inlet demo` adds. */
  readonly demo?: DemoDeps;
  /** For tests. */
  readonly media?: MediaOptions;
  readonly now?: () => number;
  /** From 0 up to 1. */
  readonly random?: () => number;
}

export interface Service {
  readonly url: string;
  readonly database: Database;
  /** Rejects with `Failure` when the process must end; what waits has been answered then. */
  readonly failed: Promise<never>;
  /** Ends the streams with `closing`, lets webhooks in flight finish, and stops. Safe to call twice. */
  readonly close: () => Promise<void>;
}

/** Throws `CommandError` when the database or the port cannot be had. */
export async function startService(config: Config, options: ServiceOptions = {}): Promise<Service> {
  const now = options.now ?? Date.now;
  const random = options.random ?? Math.random;
  const monotonic = options.now ?? (() => performance.now());
  const database = await openServingDatabase(config.database, options.databaseExists);
  const path = localPath(config.database.url);
  let isDraining = false;
  const draining = () => isDraining;

  const media = openMedia(config, database, options.media);
  const installation = await database.installation();
  const { usage, authThrottle, authenticator } = openKeys(database, {
    peerOf,
    trustProxy: config.trustProxy,
    now,
    monotonic,
    installation: () => changeFeed.installation,
  });
  const { hub, sessions, streams, waiters, announce, restart } = openStreams(installation, {
    authenticator,
    read: database.read,
    limits: config,
    heartbeatMs: config.heartbeatMs,
    maxStreamMs: config.maxStreamMs,
    show: media.view.show,
    now,
    monotonic,
    random,
  });
  const changeFeed = new ChangeFeed(database.read, installation, announce, {
    onDeletion: () => hub.forget(),
    write: database.write,
    onNewEpoch: (found) => {
      restart(found);
      indexer.restart();
    },
  });
  const writing = {
    reached: () => changeFeed.reached, isRemote: path === null, keepsPictures: config.media.keeps,
  }; // biome-ignore format: a list
  const writer = new Writer(database.write, onCommit, writing);
  function onCommit(inserted: readonly StoredMessage[], before: Reached): void {
    changeFeed.compare(inserted, before);
    media.committed(inserted);
    // A remote database may answer reads from a replica that lags behind: what it shows is what there is.
    if (path === null) changeFeed.wake();
    else changeFeed.committed(inserted);
    bell?.ring({ position: inserted.at(-1)?.seq ?? 0, directory: 0 });
  }
  const rollcall = new Rollcall(database, installation.question, answering(streams, hub));
  const cluster = { changeFeed, sessions, rollcall, path, monotonic };
  const { poller, bell, isBellHeard } = openCluster(config.nats, options.bell, cluster);
  const indexer = new Indexer(database, () => changeFeed.position);
  const retention = new Retention(database, config.retentionMs, { now, monotonic });
  const { webhook, rounds } = openTelnyx(config, {
    database, writer, developmentKey: options.developmentKey, looksAtStart: !options.databaseExists, now,
  }); // biome-ignore format: a list
  const parts = {
    arrivals: webhook.arrivals, writer, changeFeed, hub, streams, indexer, retention, database, authThrottle,
    fetcher: media.fetcher, isBellHeard,
  }; // biome-ignore format: a list
  const operations = openOperations(config, parts, options.gather);
  const { networkOf } = authThrottle;
  const unanswered = new Unanswered();
  const store = { lines: database.lines, indexer, slices: new Slices() };
  const app = createApp({
    webhook,
    stream: {
      database,
      authenticator,
      changeFeed,
      hub,
      streams,
      isDraining: draining,
      networkOf,
      now,
      random,
    },
    tickets: { database, authenticator, rate: ticketRate(monotonic), publicUrl: config.publicUrl, now },
    history: {
      authenticator, changeFeed, hub, streams, waiters, isDraining: draining, now,
      store, inFlight: new InFlight(), view: media.view,
    }, // biome-ignore format: a list
    media: { ...media, authenticator, store },
    metrics: operations.metrics,
    health: { database, isDraining: draining, descriptors: operations.descriptors },
    console: new Console({ heartbeatMs: config.heartbeatMs, demoNumber: options.demo?.number ?? null }),
    demo: options.demo ?? null,
    reference: new Reference(config.publicUrl),
    manual: new Manual(options.describeCommands ?? (() => "")),
    corsOrigins: config.corsOrigins,
    isEncrypted: config.tls !== null || (config.publicUrl?.startsWith("https:") ?? false),
    isHttp2: config.tls !== null,
    unanswered,
    streamIdleSeconds: streamIdleSeconds(config.heartbeatMs),
  });
  let server: ReturnType<typeof app.listen>;
  try {
    await media.open();
    server = app.listen(listenOptions(config, options.sharesPort ?? false));
  } catch (error) {
    streams.stop();
    await database.close();
    throw cannotListen(config, error);
  }
  const background = [poller, retention, indexer, rounds, ...media.background, ...operations.background];
  for (const each of background) each.start();

  // A worker's port is its siblings' too, who end with it.
  const isFollowed = options.sharesPort && !options.bell;
  const { failed, close } = leaving({
    cannotGoOn: database.health.failed,
    takeLeave: () => {
      isDraining = true;
      for (const each of background) each.stop();
      sessions.closeAll("shutdown");
    },
    server,
    unanswered,
    stored: () => writer.drained(),
    finish: async () => {
      await Promise.all([rounds.stopped(), media.fetcher?.stopped()]);
      await Promise.all([usage.flush(), operations.endTraces(), bell?.close()]);
      await database.close();
    },
    end: () => streams.stop(),
    shutdownMs: config.shutdownMs,
    handOver: isFollowed ? () => handOverPort(Number(server.port)) : undefined,
  });
  return { url: server.url.origin, database, failed, close };

  function peerOf(request: Request): string | null {
    return server.requestIP(request)?.address ?? null;
  }
}
