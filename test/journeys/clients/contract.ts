/** What every client that follows a stream must live through, whoever wrote it. */
import { expect } from "bun:test";
import { atTheEnd } from "../../harness/cleanup.ts";
import type { Server, Tenant } from "../../harness/server.ts";
import { deliver, smsEvent } from "../../harness/telnyx.ts";
import { until } from "../../harness/until.ts";
import { type Tap, tapped } from "./tap.ts";

export interface Seen {
  readonly event: string;
  /** The last id that the client knows of. */
  readonly id: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Starts a client that hands over all it sees, and comes back whenever a stream ends. Returns what closes it. */
export type Follow = (url: string, key: string, see: (seen: Seen) => void) => () => void;

/** Enough that a client resumes from a message, from a replay, and from a resumed stream. */
const ENDS = 3;
/** What waits for a client that comes back. */
const TEXTS_WHILE_AWAY = 30;

/** Texts pour in over several ends of the stream: the client must see each once, in order, all by itself. */
export async function comesBackByItself(follow: Follow, server: Server, tenant: Tenant): Promise<void> {
  const { tap, url } = await tapped(server.url);
  const seen: Seen[] = [];
  const close = follow(`${url}/api/v1/sms/stream`, tenant.key, (event) => seen.push(event));
  atTheEnd(close);
  await until("connected", () => seen[0]?.event === "connected");
  const sent = await pourOverTheEnds(server, tenant, tap, () => bodies(seen).length);
  await until("the last text", () => bodies(seen).at(-1) === sent.at(-1));
  close();

  expect(bodies(seen)).toEqual(sent);
  expect(tap.asked.map(({ authorization }) => authorization)).toEqual(
    tap.asked.map(() => `Bearer ${tenant.key}`),
  );
  expect(tap.heartbeats).toBeGreaterThan(ENDS);
  expectResumes(seen, tap);
}

/** Sends one text after the other, some of them while the client is away. Returns them. */
async function pourOverTheEnds(server: Server, { number }: Tenant, tap: Tap, arrived: () => number) {
  const sent: string[] = [];
  const send = async () => {
    sent.push(`text ${sent.length} 📨`);
    await deliver(server.url, server.telnyx, smsEvent(number, sent.at(-1) ?? ""));
  };
  for (let ends = 0; ends < ENDS; ends++) {
    while (tap.ends === ends) {
      await send();
      await until("the text, or the stream's end", () => arrived() === sent.length || tap.ends > ends);
    }
    for (let i = 0; i < TEXTS_WHILE_AWAY; i++) await send();
    await until("the client is back", () => !tap.isAway);
  }
  await send();
  return sent;
}

/** Each stream but the first was resumed from the last id, and brought the client up to date. */
function expectResumes(seen: readonly Seen[], tap: Tap): void {
  const starts = seen.flatMap(({ event }, at) => (event === "connected" ? [at] : []));
  const lastIds = starts.map((at) => (at === 0 ? undefined : seen[at - 1]?.id));
  expect(lastIds.length).toBeGreaterThan(ENDS);
  expect(tap.asked.map(({ lastEventId }) => lastEventId).slice(0, lastIds.length)).toEqual(lastIds);
  expect(starts.slice(1).map((at) => seen[at]?.id)).toEqual(lastIds.slice(1) as string[]);
  const names = seen.map(({ event }) => event);
  expect(names.filter((name) => name === "caught_up").length).toBeGreaterThanOrEqual(ENDS);
  expect(names).not.toContain("gap");
  const endings = seen.filter(({ event }) => event === "closing").map(({ data }) => data.reason);
  expect(new Set(endings)).toEqual(new Set(["max_duration"]));
}

function bodies(seen: readonly Seen[]): unknown[] {
  return seen.filter(({ event }) => event === "sms_received").map(({ data }) => data.body);
}
