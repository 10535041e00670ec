/**
 * Fan-out: what a message costs that goes to many streams. Of Inlet the message comes as a webhook and is verified,
 * stored and synced first; the bare loop is only handed a chunk. So the cost for each event *more* (the slope) is
 * what compares the two loops, and beside it stands the whole.
 */
import type { Contestant } from "./contestants.ts";
import { atMost, type Figure, figure, line, ratioAtMost } from "./figures.ts";
import { type Load, openStreams, send, texts, untilDelivered } from "./loading.ts";
import { cpuMs } from "./process.ts";
import { beside, inTurn } from "./rounds.ts";

export const STREAMS = 1_000;
/** At these numbers of streams, so many messages: a second or two of CPU each, where its clock ticks in 10 ms. */
export const STEPS = [
  { streams: 100, warmUp: 300, messages: 600 },
  { streams: STREAMS, warmUp: 50, messages: 250 },
  { streams: 5_000, warmUp: 10, messages: 40 },
] as const;
const BATCHED = 600;
const CONNECTIONS = 16;

export type Emit = () => Promise<unknown>;

interface Fan {
  readonly streams: number;
  readonly microsPerMessage: number;
  readonly eventsPerSecond: number;
  readonly loadShare: number;
}

/** Streams that grow in number, and the messages that were brought to them. */
export class Crowd {
  readonly #server: Contestant;
  readonly #loads: Load[] = [];
  #streams = 0;
  #events = 0;

  constructor(server: Contestant) {
    this.#server = server;
  }

  async growTo(streams: number): Promise<void> {
    this.#loads.push(await openStreams(this.#server, streams - this.#streams));
    this.#streams = streams;
  }

  /** Resolves when `messages` that `bring` brings have reached every stream, to the cost of a message. */
  async measure(messages: number, bring: () => Promise<unknown>): Promise<Fan> {
    const { pid } = this.#server;
    await untilDelivered(this.#loads, this.#events);
    const before = cpuMs(pid);
    const startedAt = performance.now();
    await bring();
    this.#events += messages * this.#streams;
    const loadCpuMs = await untilDelivered(this.#loads, this.#events);
    const ms = performance.now() - startedAt;
    return {
      streams: this.#streams,
      microsPerMessage: ((cpuMs(pid) - before) * 1000) / messages,
      eventsPerSecond: ((messages * this.#streams) / ms) * 1000,
      loadShare: loadCpuMs / ms,
    };
  }

  oneByOne(messages: number, emit: Emit = this.#server.emit): Promise<Fan> {
    return this.measure(messages, async () => {
      for (let i = 0; i < messages; i++) await emit();
    });
  }

  async leave(): Promise<void> {
    await Promise.all(this.#loads.map((load) => load.end()));
  }
}

/** The costs at each number of streams; `emit` is the server's own unless given. */
export async function fanOutSteps(
  crowd: Crowd,
  steps: readonly { streams: number; warmUp: number; messages: number }[],
  emit?: Emit,
): Promise<Fan[]> {
  const fans: Fan[] = [];
  for (const { streams, warmUp, messages } of steps) {
    await crowd.growTo(streams);
    await crowd.oneByOne(warmUp, emit);
    fans.push(await crowd.oneByOne(messages, emit));
  }
  return fans;
}

/** Microseconds for each event more, and for each message without any. */
export function slopeOf(fans: readonly Fan[]): { perEvent: number; perMessage: number } {
  const { slope, intercept } = line(fans.map(({ streams: x, microsPerMessage: y }) => ({ x, y })));
  return { perEvent: slope, perMessage: intercept };
}

async function round(server: Contestant) {
  const crowd = new Crowd(server);
  const fans = await fanOutSteps(crowd, STEPS);
  await crowd.leave();
  const at = fans.find(({ streams }) => streams === STREAMS);
  if (!at) throw new Error(`${STREAMS} streams must be among the steps`);
  const [fewest, , most] = fans.map(({ streams, microsPerMessage }) => microsPerMessage / streams);
  return {
    ...slopeOf(fans),
    fewest: fewest ?? Number.NaN,
    most: most ?? Number.NaN,
    whole: at.microsPerMessage / STREAMS,
    eventsPerSecond: at.eventsPerSecond,
    loadShare: at.loadShare,
  };
}

/** The whole way and under load, of both: a webhook, verified, stored, synced, and brought to every stream. */
async function webhooksRound(server: Contestant) {
  const crowd = new Crowd(server);
  await crowd.growTo(STREAMS);
  const { number } = server.tenant;
  const bring = (count: number, connections: number) => () =>
    send(server, texts(count, [number]), { connections });
  await crowd.measure(100, bring(100, 1));
  const alone = await crowd.measure(250, bring(250, 1));
  const batched = await crowd.measure(BATCHED, bring(BATCHED, CONNECTIONS));
  await crowd.leave();
  return {
    alone: alone.microsPerMessage / STREAMS,
    batched: batched.microsPerMessage / STREAMS,
    batchedPerSecond: batched.eventsPerSecond,
    loadShare: batched.loadShare,
  };
}

export async function fanOut(): Promise<Figure[]> {
  const one = beside(await inTurn(round));
  const whole = beside(await inTurn(webhooksRound));
  const what = `fan-out, ${STREAMS} streams`;
  const target = ratioAtMost(1.1);
  return [
    figure("fan-out, 100 to 5000 streams, CPU for each event more", "µs", one.perEvent, target),
    figure("… for each message, however many streams (bare has no webhook, no commit)", "µs", one.perMessage),
    figure(
      `${what}, one at a time, CPU for each event, webhook and commit included`,
      "µs",
      one.whole,
      target,
    ),
    figure("… the same with 100 streams", "µs", one.fewest),
    figure("… with 5000 streams", "µs", one.most),
    figure("… events a second", "/s", one.eventsPerSecond),
    figure("… the load's share of a core", "", one.loadShare, atMost(1)),
    figure(`${what}, one at a time, bare verifies and commits too`, "µs", whole.alone, target),
    figure(`${what}, ${CONNECTIONS} connections bring webhooks`, "µs", whole.batched, target),
    figure("… events a second", "/s", whole.batchedPerSecond),
    figure("… the load's share of a core", "", whole.loadShare, atMost(1)),
  ];
}
