/** Events come whole however the bytes come, with a largest size, and a silent connection counts as broken. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Piece, readPieces } from "../../src/client/events.ts";
import { failure } from "./script.ts";

function body(chunks: readonly Uint8Array[], ends = true): ReadableStream<Uint8Array> {
  const rest = [...chunks];
  return new ReadableStream({
    pull: (controller) => {
      const chunk = rest.shift();
      if (chunk) controller.enqueue(chunk);
      else if (ends) controller.close();
    },
  });
}

async function read(chunks: readonly Uint8Array[], largest?: number): Promise<Piece[]> {
  const pieces: Piece[] = [];
  for await (const piece of readPieces(body(chunks), 5_000, largest)) pieces.push(piece);
  return pieces;
}

test("wherever the bytes are cut, the events are the same", async () => {
  const bytes = new TextEncoder().encode(
    "retry: 7\nid: a-1\nevent: x\ndata: 🙏 é\n\n: heartbeat\n\nid: a-2\ndata: two\n\n",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 10 }), async (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const pieces = await read(at.slice(1).map((end, i) => bytes.slice(at[i], end)));
      expect(pieces.flatMap(({ events }) => events)).toEqual([
        { id: "a-1", event: "x", data: "🙏 é" },
        { id: "a-2", event: "message", data: "two" },
      ]);
      expect(pieces.map(({ retryMs }) => retryMs).filter((ms) => ms !== null)).toEqual([7]);
    }),
    { numRuns: 100 },
  );
});

test("bytes that nobody has read are not asked for", async () => {
  let pulled = 0;
  const endless = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        pulled++;
        controller.enqueue(new TextEncoder().encode("data: x\n\n"));
      },
    },
    { highWaterMark: 0 },
  );
  const pieces = readPieces(endless, 5_000);
  for (let i = 1; i <= 3; i++) {
    await pieces.next();
    expect(pulled).toBe(i);
  }
  await pieces.return();
});

test("what is no field is skipped; what is too large, in one line or in many, is refused", async () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  expect((await read([encode("<html>\n\x00\n\ndata: a\n\n")])).flatMap(({ events }) => events)).toHaveLength(
    1,
  );
  const first = encode("data: first\n\n");
  for (const flood of ["data: x", "id: x", "event: x"].map((line) => `${line}${"x".repeat(600)}`)) {
    const seen: Piece[] = [];
    const reading = async () => {
      for await (const piece of readPieces(
        body([first, encode(flood), encode(flood.slice(7))]),
        5_000,
        1_000,
      ))
        seen.push(piece);
    };
    expect(await failure(reading())).toContain("more than 1000 characters");
    expect(seen[0]?.events).toHaveLength(1);
  }
  expect(await failure(read([encode("data: xxxxxxxx\n".repeat(200))], 1_000))).toContain(
    "more than 1000 characters",
  );
});

test("a connection that says nothing is given up", async () => {
  const pieces = readPieces(body([], false), 20);
  expect(await failure(pieces.next())).toMatch(/nothing was heard for/);
});
