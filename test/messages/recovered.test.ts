/** What was fetched from Telnyx later says so wherever it is shown, also after a claim; what came by itself does not. */
import { expect, test } from "bun:test";
import type { InboundMessage } from "../../src/message.ts";
import { claimMessages } from "../../src/messages/claim.ts";
import { listMessages } from "../../src/messages/list.ts";
import { Writer } from "../../src/messages/writer.ts";
import type { Document } from "../../src/reference/openapi.ts";
import { messageId } from "../../src/telnyx/event.ts";
import { api } from "../harness/api.ts";
import { tenant, testService } from "../harness/service.ts";
import { connect } from "../harness/stream.ts";
import { Judge } from "../reference/judge.ts";

const NUMBER = "+14155550777";
const OTHER = "+14155550778";

function text(id: string, to: string, recovered: boolean): InboundMessage {
  const five = { from: "+13125550001", to, body: id, received_at: "2026-05-22T18:30:00.000Z" };
  const message = {
    message_id: messageId(id, to),
    ...five,
    ...(recovered ? { recovered: true as const } : {}),
  };
  return { telnyx_id: id, message };
}

test("the stream, the history and the commands say which were recovered", async () => {
  const service = await testService();
  const { key, accountId } = await tenant(service, NUMBER);
  const live = await connect(service.url, { key });
  const writer = new Writer(service.database.write, () => undefined);
  const texts = [text("a", NUMBER, true), text("b", NUMBER, false), text("c", OTHER, true)];
  expect(await writer.store(texts)).toEqual(["stored", "stored", "unrouted"]);
  expect(await claimMessages(service.database, OTHER, accountId, false)).toEqual({ claimed: 1, skipped: 0 });

  const expected = texts.map(({ message }) => message);
  await live.messageCount(3);
  expect(live.messages).toEqual(expected.map((message) => ({ ...message })));
  const replay = await connect(service.url, { key, query: "?since=all" });
  await replay.messageCount(3);
  expect(replay.messages).toEqual(live.messages);
  const judge = new Judge((await (await fetch(`${service.url}/openapi.json`)).json()) as Document);
  for (const message of live.messages)
    judge.holdValue("a recovered message", { $ref: "#/components/schemas/Message" }, message);
  const { data } = await api(service.url, key, "/sms/messages?order=asc");
  expect(data.map(({ recovered }) => recovered)).toEqual([true, undefined, true]);
  const listing = { accountId: null, unrouted: false, storedSince: null, limit: 10 };
  const listed = await listMessages(service.database.read, listing, 10);
  expect(listed.map(({ message }) => message.recovered)).toEqual([true, undefined, true]);
});
