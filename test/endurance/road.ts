/** A road on which connections are cut at every byte, stall, and carry each byte by itself: each text once, in order. */
import { faultsOf, rowsOf, Sender } from "../harness/senders.ts";
import { addTenant, startServer } from "../harness/server.ts";
import { until } from "../harness/until.ts";
import { RawStream } from "../journeys/stream/raw.ts";
import { type Fate, KIND, proxyTo } from "./proxy.ts";
import type { Outcome, Trial } from "./trial.ts";

const SENDERS = 4;
const STREAMS = 3;
/** Of connections, in a round. */
const CUTS = 20;
/** A webhook's request, and as much of a stream, is shorter. */
const MOST_BYTES = 1_500;
const STALL_MS = 60;
const LONG_MS = 30_000;

async function run(isOver: () => boolean): Promise<Outcome> {
  const server = await startServer();
  const { key, number } = await addTenant(server.folder, "+14155550001");
  const counts = { cuts: 0, stalls: 0, splits: 0 };
  let isSmooth = false;
  let next = 0;
  /** The n-th cut is after n bytes, for every n in turn. */
  const fate = (): Fate => {
    if (isSmooth) return KIND;
    const chance = Math.random();
    if (chance < 0.6) {
      counts.cuts++;
      return { ...KIND, cutAfter: ++next % MOST_BYTES };
    }
    // None lasts, or all would travel on those that do.
    const cutAfter = Math.floor((1 + 3 * Math.random()) * MOST_BYTES);
    if (chance < 0.8) {
      counts.stalls++;
      return { ...KIND, stallAfter: Math.floor(Math.random() * MOST_BYTES), stallMs: STALL_MS, cutAfter };
    }
    counts.splits++;
    return { ...KIND, splitBytes: MOST_BYTES, cutAfter };
  };
  const url = await proxyTo(server.url, () => ({ there: fate(), back: fate() }));
  const senders = Array.from({ length: SENDERS }, (_, i) => new Sender(i, number));
  const acknowledged: string[] = [];
  let isEnough = false;
  const sending = senders.map(async (sender) => {
    // A cut ends its run, and not its text.
    while (!isEnough) await sender.run({ url, telnyx: server.telnyx }, acknowledged, () => isEnough);
  });
  let isRead = false;
  let wanted = Number.POSITIVE_INFINITY;
  const following = Array.from({ length: STREAMS }, async () => {
    const bodies: string[] = [];
    let lastEventId: string | undefined;
    while (!isRead && bodies.length < wanted) {
      const stream = new RawStream(url, {
        key,
        lastEventId,
        ...(lastEventId ? {} : { query: "?since=all" }),
      });
      await until(
        "it ends",
        () => stream.closed || isRead || bodies.length + stream.bodies.length >= wanted,
        LONG_MS,
      );
      stream.destroy();
      bodies.push(...stream.bodies);
      lastEventId = stream.lastEventId;
    }
    return bodies;
  });
  do {
    const [cuts, texts] = [counts.cuts + CUTS, acknowledged.length + SENDERS];
    await until(
      "cuts, and texts in spite of them",
      () => counts.cuts >= cuts && acknowledged.length >= texts,
      LONG_MS,
    );
  } while (!isOver());
  isSmooth = true;
  const before = acknowledged.length;
  await until("all go on", () => acknowledged.length > before + SENDERS, LONG_MS);
  isEnough = true;
  await Promise.all(sending);
  const rows = rowsOf(server.folder);
  wanted = rows.length;
  const timer = setTimeout(() => {
    isRead = true;
  }, LONG_MS);
  const read = await Promise.all(following);
  clearTimeout(timer);
  await server.kill();
  const faults = faultsOf(rows, acknowledged, senders);
  for (const bodies of read)
    if (bodies.join() !== rows.map(({ body }) => body).join())
      faults.push(`a stream showed ${bodies.length} of ${rows.length} texts, or in another order`);
  const deliveries = read.reduce((sum, bodies) => sum + bodies.length, 0);
  return { figures: { ...counts, acknowledged: acknowledged.length, deliveries }, faults };
}

export const road: Trial = { name: "a road that cuts, stalls and splits", run };
