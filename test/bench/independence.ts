/** What a message of one account costs, with few and with many streams and accounts of others. */
import { startInlet } from "./contestants.ts";
import { atMost, type Figure, figure, median } from "./figures.ts";
import { openStreams, send, texts } from "./loading.ts";

const ROUNDS = 5;
const MESSAGES = 2_500;
const CONNECTIONS = 4;
const OWN_STREAMS = 10;
const WARM_UP = 4_000;

const FEW = { streams: 100, accounts: 1_001 };
const MANY_STREAMS = { streams: 10_000, accounts: 1_001 };
const MANY_ACCOUNTS = { streams: 100, accounts: 100_001 };

async function start({ streams, accounts }: typeof FEW) {
  // Heartbeats cost by the second and not by the message: here there are none.
  const env = { STREAM_HEARTBEAT_SECONDS: "120" };
  const server = await startInlet({ env, accounts, known: 1_001 });
  const [, ...others] = server.tenants;
  const crowd = await openStreams(server, streams, { keys: others.map((tenant) => tenant.key) });
  const own = await openStreams(server, OWN_STREAMS);
  const cost = async (messages: number) => {
    const sent = await send(server, texts(messages, [server.tenant.number]), { connections: CONNECTIONS });
    return sent.cpuMicros;
  };
  await cost(WARM_UP);
  const stop = async () => {
    await Promise.all([crowd.end(), own.end()]);
    await server.stop();
  };
  return { cost, stop };
}

export async function independence(): Promise<Figure[]> {
  const [few, streams, accounts] = [await start(FEW), await start(MANY_STREAMS), await start(MANY_ACCOUNTS)];
  const costs: number[] = [];
  const toStreams: number[] = [];
  const toAccounts: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const cost = await few.cost(MESSAGES);
    costs.push(cost);
    toStreams.push((await streams.cost(MESSAGES)) / cost);
    toAccounts.push((await accounts.cost(MESSAGES)) / cost);
  }
  for (const server of [few, streams, accounts]) await server.stop();
  return [
    figure(
      `a message of an account with ${OWN_STREAMS} streams, CPU, 100 idle streams of others`,
      "µs",
      median(costs),
    ),
    figure("… with 10000 instead, so many times that", "×", median(toStreams), atMost(1.1)),
    figure(
      "… with 100000 accounts instead of 1000, so many times that",
      "×",
      median(toAccounts),
      atMost(1.1),
    ),
  ];
}
