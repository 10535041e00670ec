/** A service of this process, the stand-in for Telnyx that sends to it, and runs of recovery with a clock of their own. */
import type { Message } from "../../../src/message.ts";
import { listMessages } from "../../../src/messages/list.ts";
import { Writer } from "../../../src/messages/writer.ts";
import { TelnyxClient } from "../../../src/telnyx/client.ts";
import type { Report } from "../../../src/telnyx/recovery/report.ts";
import { type RecoveryWindow, type RunResult, recover } from "../../../src/telnyx/recovery/run.ts";
import { UnreadableEvents } from "../../../src/telnyx/unreadable.ts";
import { type TestService, type TestServiceOptions, testService } from "../../harness/service.ts";
import { API_KEY, TelnyxStandin } from "../standin/telnyx.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const PUBLIC_URL = "https://sms.example.com";

export interface World {
  readonly telnyx: TelnyxStandin;
  readonly service: TestService;
  /** Looks back so many ms, twelve hours by default. */
  readonly run: (
    backMs?: number,
    more?: Partial<RecoveryWindow> & { now?: number; deadlineMs?: number },
  ) => Promise<RunResult>;
  /** The report of a run that did not fail. */
  readonly report: (backMs?: number, deadlineMs?: number) => Promise<Report>;
  /** In the order in which they were stored. */
  readonly messages: () => Promise<Message[]>;
  readonly stop: AbortController;
}

export async function world(options: TestServiceOptions = {}): Promise<World> {
  const telnyx = new TelnyxStandin();
  const service = await testService({ ...options, telnyx: telnyx.key });
  telnyx.webhookUrl = `${service.url}/webhooks/telnyx`;
  const { database, config } = service;
  const writer = new Writer(database.write, () => undefined);
  const unreadable = new UnreadableEvents(database.write);
  const stop = new AbortController();
  const run: World["run"] = (backMs = 12 * HOUR, { now = Date.now(), deadlineMs = 8_000, ...more } = {}) =>
    recover(
      {
        database,
        client: new TelnyxClient(
          { apiKey: API_KEY, baseUrl: telnyx.url, through: "" },
          { signal: stop.signal, wait: () => Promise.resolve(), deadlineMs },
        ),
        store: (messages) => writer.store(messages),
        keepUnreadable: (body, reason) => unreadable.keep(body, reason),
        webhookUrl: `${PUBLIC_URL}/webhooks/telnyx`,
        retentionMs: config.retentionMs,
        now,
      },
      { since: now - backMs, until: now, checksRecords: true, asksAgain: true, ...more },
    );
  const report: World["report"] = async (backMs, deadlineMs = 8_000) => {
    const { report, failure } = await run(backMs, { deadlineMs });
    if (failure !== null) throw failure;
    return report;
  };
  const messages = async () => {
    const all = { accountId: null, unrouted: false, storedSince: null, limit: 100_000 };
    const { position } = await database.installation();
    return (await listMessages(database.read, all, position)).reverse().map(({ message }) => message);
  };
  return { telnyx, service, run, report, messages, stop };
}
