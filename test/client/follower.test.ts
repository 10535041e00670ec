/** The cursor passes a message once it was handled, and a client comes back wherever coming back is of use. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { Refusal } from "../../src/errors.ts";
import { answer, broken, connected, event, type Followed, failure, follow, stream, text } from "./script.ts";

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
    if (body === "text 2") throw new Refusal("five times");
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
    steady: () => now,
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

test("a refusal after a revocation says that the key was revoked", async () => {
  const closing = event("closing", { reason: "revoked", retry_ms: 2_000 });
  const denied = answer(401, JSON.stringify({ error: { code: "unauthorized", message: "No." } }));
  expect(await failure(follow([stream([connected("e0e0-1") + closing]), denied]))).toContain(
    "the key was revoked: http://127.0.0.1:3000 answered 401: No.",
  );
});
