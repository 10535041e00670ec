/** The cursor passes a message once it was handled, and a client comes back wherever coming back is of use. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { pause } from "../../src/client/backoff.ts";
import type { Follower } from "../../src/client/follower.ts";
import { CommandError } from "../../src/errors.ts";
import { until } from "../harness/until.ts";
import {
  type Answer,
  type Asked,
  answer,
  broken,
  connected,
  event,
  type Followed,
  failure,
  follow,
  stream,
  text,
} from "./script.ts";

const cursors = ({ kept }: Followed) => kept.map(({ cursor }) => cursor);

test("a fresh client asks without a cursor, and goes on after what it handled", async () => {
  const followed = await follow([
    stream([connected("e0e0-0"), text(1) + text(2)]),
    stream([connected("e0e0-2"), text(3)]),
  ]);
  expect(followed.handled).toEqual(["text 1", "text 2", "text 3"]);
  expect(followed.asked.map(({ headers }) => headers.get("last-event-id"))).toEqual([
    null,
    "e0e0-2",
    "e0e0-3",
  ]);
  expect(cursors(followed)).toEqual(["e0e0-0", "e0e0-1", "e0e0-2", "e0e0-3"]);
  expect(followed.asked[0]?.url.href).toBe("http://127.0.0.1:3000/api/v1/sms/stream");
  expect(followed.asked[0]?.headers.get("authorization")).toBe("Bearer inlet_key");
});

test("wherever connections break, each text is handled, in order, and the cursor is that of the last", async () => {
  const all = Array.from({ length: 12 }, (_, i) => text(i + 1));
  const cuts = fc.array(fc.nat(1_500), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(cuts, fc.integer({ min: 1, max: 400 }), async (cuts, size) => {
      let cursor = 0;
      const followed: Followed = { asked: [], handled: [], kept: [], waits: [], notes: [], phases: [] };
      // Each stream begins after the client's cursor, as the server's does, and is cut at any byte.
      const answers = [...cuts, 100_000].map((cut) => (signal: AbortSignal) => {
        cursor = Number(followed.asked.at(-1)?.headers.get("last-event-id")?.split("-")[1] ?? 0);
        const whole = (connected(`e0e0-${cursor}`) + all.slice(cursor).join("")).slice(0, cut);
        const pieces = whole.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
        return stream(pieces)(signal);
      });
      await follow(answers, {}, followed);
      expect(followed.handled).toEqual(all.map((_, i) => `text ${i + 1}`));
      expect(followed.kept.at(-1)?.cursor).toBe("e0e0-12");
    }),
    { numRuns: 60 },
  );
});

test("what was not handled is not passed, and what follows it is not begun", async () => {
  const handled: string[] = [];
  const kept: string[] = [];
  const handle = async ({ body }: { body: string }) => {
    handled.push(body);
    if (body === "text 2") throw new CommandError("five times");
    return true;
  };
  const following = follow([stream([connected("e0e0-0") + text(1) + text(2) + text(3)])], {
    handle,
    keep: ({ cursor }) => kept.push(cursor),
  });
  expect(await failure(following)).toContain("five times");
  expect(handled).toEqual(["text 1", "text 2"]);
  expect(kept).toEqual(["e0e0-0", "e0e0-1"]);
});

test("one that is asked to end while it handles a message keeps to what that became", async () => {
  for (const wasHandled of [true, false]) {
    const stop = new AbortController();
    const followed = await follow([stream([connected("e0e0-0") + text(1) + text(2)])], {
      stop: stop.signal,
      handle: async () => {
        stop.abort();
        return wasHandled;
      },
    });
    expect(cursors(followed).at(-1)).toBe(wasHandled ? "e0e0-1" : "e0e0-0");
    expect(followed.waits).toEqual([]);
  }
});

test("asked to end while it reads, it ends at once", async () => {
  const stop = new AbortController();
  const followed = follow([stream([connected("e0e0-7")], "stays")], {
    stop: stop.signal,
    keep: () => stop.abort(),
  });
  expect((await followed).phases).toEqual(["connecting", "live"]);
});

test("a piece of many texts is kept once where keeping costs more than they do", async () => {
  const followed = await follow([stream([connected("e0e0-0"), text(1) + text(2) + text(3)])], {
    keepsEach: false,
  });
  expect(cursors(followed)).toEqual(["e0e0-0", "e0e0-3"]);
});

test("the place of a fresh client is kept before its first text is begun", async () => {
  for (const keepsEach of [true, false]) {
    const order: string[] = [];
    await follow([stream([connected("e0e0-4") + text(5)])], {
      keepsEach,
      keep: ({ cursor }) => order.push(cursor),
      handle: async ({ body }) => {
        order.push(body);
        return true;
      },
    });
    expect(order).toEqual(["e0e0-4", "text 5", "e0e0-5"]);
  }
});

test("where it starts: --to always, --since until there is a cursor, and that much further back the later", async () => {
  let now = 0;
  const target = {
    url: "https://sms.test/base/",
    key: "k",
    to: ["+14155551234", "72345"],
    since: { durationMs: 600_000 },
  };
  const followed = await follow([broken("ECONNREFUSED"), stream([connected("e0e0-3")])], {
    target,
    monotonic: () => now,
    pause: async () => {
      now += 90_500;
    },
  });
  expect(followed.asked.map(({ url }) => url.searchParams.get("since"))).toEqual(["600s", "691s", null]);
  expect(followed.asked.map(({ url }) => url.searchParams.getAll("to"))).toEqual([
    target.to,
    target.to,
    target.to,
  ]);
  expect(followed.asked[0]?.url.pathname).toBe("/base/api/v1/sms/stream");
});

test("the account that the server names is kept beside the cursor", async () => {
  const followed = await follow([stream([connected("e0e0-5", 42)])]);
  expect(followed.kept).toEqual([{ cursor: "e0e0-5", account: 42 }]);
});

test("it shows what it is at: live when fresh, catching up until told when it resumes", async () => {
  const fresh = await follow([stream([connected("e0e0-5")])]);
  expect(fresh.phases).toEqual(["connecting", "live", "reconnecting"]);
  const caughtUp = event("caught_up", { timestamp: 1 }, "e0e0-9");
  const resumed = await follow([stream([connected("e0e0-5"), text(6), caughtUp])], { cursor: "e0e0-5" });
  expect(resumed.phases).toEqual(["connecting", "catching up", "live", "reconnecting"]);
  expect(cursors(resumed)).toEqual(["e0e0-6", "e0e0-9"]);
});

test("a gap is told, and the cursor is the server's", async () => {
  const gap = (reason: string) => event("gap", { reason, oldest: null });
  for (const reason of ["unknown_cursor", "ahead", "expired", "something new"]) {
    const followed = await follow([stream([connected("f1f1-9") + gap(reason)])], { cursor: "e0e0-5" });
    expect(followed.notes).toEqual([expect.stringMatching(/^gap: /)]);
    expect(cursors(followed)).toEqual(["f1f1-9"]);
    expect(followed.phases.at(-2)).toBe(reason === "expired" ? "catching up" : "live");
  }
});

test("a server without ids, as the published page has it, is followed and said to lose texts", async () => {
  const bare = (piece: string) => piece.replace(/^id: .*\n/gm, "");
  const followed = await follow([
    stream([bare(connected("") + text(1))]),
    stream([bare(connected("") + text(2))]),
  ]);
  expect(followed.handled).toEqual(["text 1", "text 2"]);
  expect(followed.kept).toEqual([]);
  expect(followed.notes[0]).toContain("no ids");
});

test("events that it does not know are passed over, with their ids", async () => {
  const followed = await follow([stream([connected("e0e0-1"), event("weather", { sun: true }, "e0e0-2")])]);
  expect(cursors(followed)).toEqual(["e0e0-1", "e0e0-2"]);
});

test("what cannot be a message or an id ends it, and is not passed over", async () => {
  for (const piece of [
    "event: sms_received\nid: e0e0-2\ndata: [1]\n\n",
    event("sms_received", { body: "b" }, "e0e0-2"),
    "event: sms_received\ndata: {\n\n",
  ]) {
    const kept: string[] = [];
    const following = follow([stream([connected("e0e0-1"), piece])], {
      keep: ({ cursor }) => kept.push(cursor),
    });
    expect(await failure(following)).toContain("cannot be read");
    expect(kept).toEqual(["e0e0-1"]);
  }
  expect(await failure(follow([stream([connected("e0e0-ä")])]))).toContain("printable");
});

test("a key that was revoked or has expired ends it, and the server is not asked again", async () => {
  for (const [reason, sentence] of [
    ["revoked", "the key was revoked"],
    ["expired", "the key has expired"],
  ]) {
    const closing = event("closing", { reason, retry_ms: 2_000 });
    const asked: Asked[] = [];
    const following = follow([stream([connected("e0e0-1") + closing]), answer(200)], {}, { asked });
    expect(await failure(following)).toBe(sentence ?? "");
    expect(asked).toHaveLength(1);
  }
});

test("a connection that is reset behind its closing has ended as announced", async () => {
  const closing = event("closing", { reason: "shutdown", retry_ms: 700 });
  const bytes = new TextEncoder().encode(connected("e0e0-1") + closing);
  const reset: Answer = () => {
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => controller.enqueue(bytes),
        pull: (controller) => controller.error(new Error("ECONNRESET")),
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
  const { waits, notes } = await follow([broken("ECONNREFUSED"), reset, broken("ECONNREFUSED")]);
  expect(waits).toEqual([2_000, 700, 2_000]);
  expect(notes.filter((note) => note.includes("broke"))).toEqual([]);
});

test("woken, it sits out no wait, and leaves a connection that has gone silent", async () => {
  let now = 0;
  const asked: Asked[] = [];
  const followers: Follower[] = [];
  const following = follow(
    [broken("ECONNREFUSED"), stream([connected("e0e0-1")], "stays"), stream([])],
    {
      monotonic: () => now,
      onFollower: (follower) => followers.push(follower),
      pause,
      keep: () => undefined,
    },
    { asked },
  );
  const wake = () => followers[0]?.wake();
  await until("the first wait", () => asked.length === 1);
  await until("the second connection", () => {
    wake();
    return asked.length === 2;
  });
  await until("it is read", () => {
    wake();
    now += 10_001;
    return asked.length >= 3;
  });
  await following;
});
