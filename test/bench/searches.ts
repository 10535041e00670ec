/** Pages and searches with many messages stored, and whether the streams feel them. */
import type { Inlet } from "./contestants.ts";
import { atMost, type Figure, figure } from "./figures.ts";
import type { Tenant } from "./populate.ts";
import type { Probe } from "./probing.ts";
import { startIdler } from "./probing.ts";
import { shown, timed } from "./timed.ts";

const DAY_MS = 86_400_000;
/** Who search and page all the time, and for how long. */
const SEARCHERS = 8;
const SEARCHING_MS = 4_000;

/** Of an account with a tenth of all messages, of one with a thousandth of the others, and of the user in many teams. */
export async function searches(server: Inlet, user: Tenant, probe: Probe): Promise<Figure[]> {
  const large = server.tenant.key;
  const small = server.tenants[1]?.key ?? large;
  const page = (key: string, query: () => string, finds = true) =>
    timed(() => get(server, key, query(), finds));
  const ago = (days: number) => new Date(Date.now() - DAY_MS * days).toISOString();
  const until = () => ago(25 * Math.random());
  const within = () => {
    const days = 1 + 25 * Math.random();
    return `since=${ago(days + 1)}&until=${ago(days)}`;
  };
  const sender = () => encodeURIComponent(`+1312${5_550_000 + Math.floor(10_000 * Math.random())}`);
  return [
    ...shown("a page of the history, the newest", await page(user.key, () => "")),
    ...shown("… up to a time", await page(user.key, () => `until=${until()}`)),
    ...shown("a search for three words that many wrote", await page(large, () => "q=doctor+tuesday+nine")),
    ...shown("… for a word that nobody wrote", await page(large, () => "q=zebra", false)),
    ...shown(
      "… for two words that never come together",
      await page(large, () => "q=appointment+station", false),
    ),
    ...shown("… for the beginning of a word", await page(small, () => "q=invo*")),
    ...shown("… for a word, within a day", await timed(() => get(server, small, `q=invoice&${within()}`))),
    ...shown("… for words that stand together", await page(large, () => "q=doctor-is-on")),
    ...shown(
      "… for a phrase that nobody wrote, of two words that many did",
      await page(large, () => "q=is-doctor", false),
    ),
    ...shown("… by the user in many teams", await page(user.key, () => "q=invoice+tonight")),
    ...shown("… by the same, for a sender", await timed(() => get(server, user.key, `from=${sender()}`))),
    ...(await felt(server, [large, small, user.key], probe)),
  ];
}

/** Whoever holds streams feels the event loop alone. */
async function felt(server: Inlet, keys: readonly string[], probe: Probe): Promise<Figure[]> {
  const queries = ["", "q=doctor+tuesday", "q=invo*+tonight", "q=appointment+station", "q=is-doctor"];
  const idler = startIdler();
  await Bun.sleep(1_000);
  await Promise.all([probe.delay(server.pid), idler.delay()]);
  const end = performance.now() + SEARCHING_MS;
  let asked = 0;
  const searcher = async () => {
    while (performance.now() < end) {
      const at = asked++;
      await get(server, keys[at % keys.length] ?? "", queries[at % queries.length] ?? "");
    }
  };
  await Promise.all(Array.from({ length: SEARCHERS }, searcher));
  const [busy, idle] = await Promise.all([probe.delay(server.pid), idler.delay()]);
  idler.end();
  return [
    figure(
      `event-loop delay while ${SEARCHERS} clients search and page, 99th percentile`,
      "ms",
      busy.p99Ms,
      atMost(15),
    ),
    figure("… longest", "ms", busy.maxMs),
    figure("… of a process that does nothing meanwhile, longest", "ms", idle.maxMs),
    figure("… searches and pages a second", "/s", asked / (SEARCHING_MS / 1000)),
  ];
}

/** `finds`: whether there must be something, or nothing. */
async function get({ url }: Inlet, key: string, query: string, finds?: boolean): Promise<void> {
  const response = await fetch(`${url}/api/v1/sms/messages?${query}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`the history answered ${response.status}: ${text}`);
  const { data } = JSON.parse(text) as { data: readonly unknown[] };
  if (finds !== undefined && data.length > 0 !== finds)
    throw new Error(`${query} found ${data.length} messages`);
}
