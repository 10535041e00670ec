/** One Inlet of a simulated run: the product's own parts, wired as `service.ts` wires them, over a store that may fail. */
import { openStream } from "../../src/api/stream.ts";
import { Poller } from "../../src/cluster/poller.ts";
import { Authenticator } from "../../src/keys/authenticator.ts";
import type { InboundMessage } from "../../src/message.ts";
import { ChangeFeed } from "../../src/messages/changefeed.ts";
import type { Outcome } from "../../src/messages/insert.ts";
import { Retention } from "../../src/messages/retention.ts";
import { Writer } from "../../src/messages/writer.ts";
import { openStreams } from "../../src/stream/room.ts";
import { type Mutation, mutate } from "./mutations.ts";
import type { Fate, Party, Store } from "./store.ts";
import type { Time } from "./time.ts";

export interface ProcessOptions {
  readonly name: string;
  readonly time: Time;
  readonly store: Store;
  readonly fate: () => Fate;
  readonly retentionMs: number;
  /** Its store is across a network, where reads may come from a replica: own commits are read back. */
  readonly isRemote: boolean;
  readonly everyMs: number;
  /** Rings for the other processes. */
  readonly ring: () => void;
  readonly mutation: Mutation | null;
}

const HEARTBEAT_MS = 2_000;
const MAX_STREAM_MS = 12_000;
const LIMITS = { maxStreams: 1_000, maxStreamsPerKey: 1_000 };

export type Process = Awaited<ReturnType<typeof startProcess>>;

/** Resolves when it serves. */
export async function startProcess(options: ProcessOptions) {
  const { name, time, store, fate, retentionMs, isRemote, everyMs, mutation } = options;
  const party: Party = { name, isDead: false, stalledUntil: 0, fate };
  const database = store.openFor(party);
  const clock = { now: () => time.now, monotonic: () => time.now, random: time.random.next };
  const installation = await database.installation();
  let isDraining = false;
  let judged = installation.directoryVersion;
  const authenticator = new Authenticator({
    ...clock,
    read: database.read,
    installation: () => changeFeed.installation,
  });
  const room = openStreams(installation, {
    ...clock,
    authenticator,
    read: database.read,
    limits: LIMITS,
    heartbeatMs: HEARTBEAT_MS,
    maxStreamMs: MAX_STREAM_MS,
  });
  const { hub, sessions, streams } = room;
  const changeFeed = new ChangeFeed(database.read, installation, room.announce, {
    ...(mutation === "forget no deletion" ? {} : { onDeletion: () => hub.forget() }),
    write: database.write,
    onNewEpoch: (found) => room.restart(found),
  });
  const reauthorize = sessions.reauthorize.bind(sessions);
  sessions.reauthorize = async (version) => {
    if (mutation !== "judge nobody again") await reauthorize(version);
    judged = Math.max(judged, version);
  };
  // What was handed to the socket of a stream that has ended since is the network's: it is judged no more.
  const ended = new Map<number, number>();
  const { add, delete: remove } = sessions;
  sessions.add = (session) => {
    ended.delete(session.keyId);
    add.call(sessions, session);
  };
  sessions.delete = (session) => {
    ended.set(session.keyId, judged);
    remove.call(sessions, session);
  };
  const parts = { authenticator, room, changeFeed, store, write: database.write, time };
  const write = mutation ? mutate(mutation, parts) : database.write;
  const writer = new Writer(
    write,
    (inserted, before) => {
      changeFeed.compare(inserted, before);
      if (isRemote) changeFeed.wake();
      else changeFeed.committed(inserted);
      if (!party.isDead) options.ring();
    },
    { reached: () => changeFeed.reached },
  );
  const poller = new Poller({ changeFeed, sessions, everyMs, mayHaveChanged: () => true, ...clock });
  const retention = new Retention(database, retentionMs, clock);
  poller.start();
  retention.start();
  const deps = { database, authenticator, changeFeed, hub, streams, isDraining: () => isDraining, ...clock };

  return {
    name,
    party,
    /** The version of the directory that all its streams were judged by. */
    judged: () => judged,
    /** The one that the latest stream of this key was judged by, as long as it was open. */
    judgedOf: (keyId: number) => ended.get(keyId) ?? judged,
    /** The newest that it knows of: what opens is judged by that. */
    known: () => changeFeed.installation.directoryVersion,
    isServing: () => !party.isDead && !isDraining,
    wake: () => changeFeed.wake(),
    prune: () => retention.step(),
    open: (request: Request): Promise<Response> => openStream(deps, request, {}),
    store: (message: InboundMessage): Promise<Outcome[]> => writer.store([message]),
    /** As on SIGTERM: streams are told, what waits is stored. */
    async drain(): Promise<void> {
      isDraining = true;
      poller.stop();
      retention.stop();
      sessions.closeAll("shutdown");
      await writer.drained();
      party.isDead = true;
      streams.stop();
    },
    /** As by SIGKILL: nothing it still does reaches anybody. */
    kill(): void {
      party.isDead = true;
      poller.stop();
      retention.stop();
      streams.stop();
    },
  };
}
