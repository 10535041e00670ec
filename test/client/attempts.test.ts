/** A message is tried five times and no more, and is not given up when the end is asked for in between. */
import { expect, test } from "bun:test";
import { type AttemptsOptions, handleByCommand } from "../../src/client/attempts.ts";
import type { Message } from "../../src/message.ts";
import { failure } from "./script.ts";

const message: Message = { message_id: "msg_1", from: "+1", to: "+2", body: "secret", received_at: "then" };

/** The failures that the command ends with, one after the other; null once they are used up. */
function tried(failures: readonly string[], options: Partial<AttemptsOptions> = {}) {
  const notes: string[] = [];
  const waits: number[] = [];
  let runs = 0;
  const handled = handleByCommand(
    {
      run: async () => failures[runs++] ?? null,
      note: (text) => notes.push(text),
      stop: new AbortController().signal,
      random: () => 0,
      pause: async (ms) => {
        waits.push(ms);
      },
      ...options,
    },
    message,
  );
  return { handled, notes, waits, runs: () => runs };
}

test("it is handled when the command succeeds, be it the fifth time", async () => {
  const { handled, notes, waits, runs } = tried(Array(4).fill("ended with exit code 1"));
  expect(await handled).toBe(true);
  expect(runs()).toBe(5);
  expect(waits).toEqual([500, 1_000, 2_000, 4_000]);
  expect(notes[0]).toBe("the command ended with exit code 1 for msg_1 (1 of 5); again in 0.5 s");
});

test("after the fifth failure somebody has to look", async () => {
  const { handled, runs } = tried(Array(9).fill("ended with exit code 1"));
  expect(await failure(handled)).toContain("for the 5th time: giving up");
  expect(runs()).toBe(5);
});

test("asked to end while it fails, it is not tried again, and says that the message comes again", async () => {
  const stop = new AbortController();
  const run = async () => {
    stop.abort();
    return "was ended by SIGTERM";
  };
  const { handled, notes } = tried([], { stop: stop.signal, run });
  expect(await handled).toBe(false);
  expect(notes).toEqual(["the command was ended by SIGTERM for msg_1, which comes again at the next start"]);
});

test("asked to end while it succeeds or waits", async () => {
  const stop = new AbortController();
  const succeeding = async () => {
    stop.abort();
    return null;
  };
  expect(await tried([], { stop: stop.signal, run: succeeding }).handled).toBe(true);
  const later = new AbortController();
  const waiting = tried(["ended with exit code 1"], { stop: later.signal, pause: async () => later.abort() });
  expect(await waiting.handled).toBe(false);
  expect(waiting.runs()).toBe(1);
});

test("no note holds a word of the message", async () => {
  const { handled, notes } = tried(["ended with exit code 1"]);
  await handled;
  expect(notes.join()).not.toContain("secret");
});
