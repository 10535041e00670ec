/** A page of the history and what arrives meanwhile make one list without a hole, a double or a wrong place. */
import { expect, test } from "bun:test";
import type { MessagePage } from "../../../src/console/page/api.ts";
import { Feed, type Foot } from "../../../src/console/page/feed.ts";
import type { Message } from "../../../src/console/page/message.ts";
import { ALL } from "../../../src/console/page/query.ts";
import { Timeline } from "../../../src/console/page/timeline.ts";

function message(place: number, to = "+14155559999"): Message {
  const received_at = new Date(place * 1000).toISOString();
  return { message_id: `msg_${place}`, from: "+13125550001", to, body: `text ${place}`, received_at };
}

function messages(...places: number[]): Message[] {
  return places.map((place) => message(place));
}

/** A feed whose pages come when the test says so. */
function startFeed(to: string | null = null, timeline = new Timeline()) {
  const feet: Foot[] = [];
  const asked: (string | null)[] = [];
  let answer: (page: MessagePage | Error) => void = () => undefined;
  const feed = new Feed(
    { ...ALL, to },
    (cursor) => {
      asked.push(cursor);
      return new Promise((resolve, reject) => {
        answer = (page) => (page instanceof Error ? reject(page) : resolve(page));
      });
    },
    { showTop: () => undefined, showBottom: () => undefined, showFoot: (foot) => feet.push(foot) },
    timeline,
  );
  const places = () => feed.timeline.messages.map(({ message_id }) => Number(message_id.slice(4)));
  return { feed, feet, asked, places, answer: (page: MessagePage | Error) => answer(page) };
}

test("what arrives while the first page is on its way stands above it, once", async () => {
  const { feed, places, answer } = startFeed();
  const loading = feed.load();
  feed.take(messages(8, 9));
  feed.take(messages(10));
  answer({ messages: messages(9, 8, 7), cursor: null, position: "k3f9-9" });
  await loading;
  expect(places()).toEqual([10, 9, 8, 7]);
  expect(feed.position).toBe("k3f9-9");
  feed.take(messages(9, 10, 11));
  expect(places()).toEqual([11, 10, 9, 8, 7]);
});

test("what is older than the first page's end comes with the next page, in its place", async () => {
  const { feed, places, answer } = startFeed();
  const loading = feed.load();
  feed.take(messages(5, 6, 7, 8, 9));
  answer({ messages: messages(8, 7), cursor: "next", position: null });
  await loading;
  expect(places()).toEqual([9, 8, 7]);
  const older = feed.load();
  answer({ messages: messages(6, 5, 4), cursor: null, position: null });
  await older;
  expect(places()).toEqual([9, 8, 7, 6, 5, 4]);
});

test("older pages are asked for one at a time, and the foot says how it stands", async () => {
  const { feed, feet, asked, answer } = startFeed();
  const first = feed.load();
  answer({ messages: messages(3), cursor: "b", position: null });
  await first;
  const [second, again] = [feed.load(), feed.load()];
  expect(again).toBe(second);
  answer({ messages: messages(2), cursor: null, position: null });
  await second;
  expect(asked).toEqual([null, "b"]);
  expect(feet.map(({ kind }) => kind)).toEqual(["loading", "more", "loading", "end"]);
});

test("a page that fails is said below the list, and asked for again from the same place", async () => {
  const { feed, asked, places, answer } = startFeed();
  const failing = feed.load();
  answer(new Error("The server cannot be reached."));
  expect(await failing.catch(String)).toContain("reached");
  expect(feed.foot).toEqual({ kind: "failed", message: "The server cannot be reached." });
  const again = feed.load();
  answer({ messages: messages(1), cursor: null, position: null });
  await again;
  expect(asked).toEqual([null, null]);
  expect(places()).toEqual([1]);
});

test("only messages to the chosen number are taken", async () => {
  const { feed, places, answer } = startFeed("+14155559999");
  const loading = feed.load();
  answer({ messages: [], cursor: null, position: null });
  await loading;
  expect(feed.take([message(1), message(2, "+442071838750"), message(3)])).toBe(2);
  expect(places()).toEqual([3, 1]);
});

test("once the oldest made room, nothing older is offered: it would leave a hole", async () => {
  const { feed, answer } = startFeed(null, new Timeline(3));
  const loading = feed.load();
  answer({ messages: messages(2, 1), cursor: "older", position: null });
  await loading;
  feed.take(messages(3, 4));
  expect(feed.foot).toEqual({ kind: "full" });
});
