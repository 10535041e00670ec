/** `inlet tail --exec`, killed at random and started again: every text is handled, none is skipped, in order. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { emptyFolder } from "../../harness/cleanup.ts";
import { addTenant, type Server, startServer } from "../../harness/server.ts";
import { bodiesIn, send, startTail } from "../../harness/tail.ts";
import { telnyxKey } from "../../harness/telnyx.ts";
import { until } from "../../harness/until.ts";

const ROUNDS = 9;
const LONG_MS = 30_000;
const SEED = 20_261_125;

test("every text is handled at least once and in order, whenever the client or the server is killed", async () => {
  const [folder, telnyx] = [emptyFolder(), telnyxKey()];
  const env = { STREAM_MAX_SECONDS: "1", STREAM_HEARTBEAT_SECONDS: "0.2" };
  let server: Server = await startServer({ folder, telnyx, env });
  const tenant = await addTenant(folder, "+14155550101");
  const args = ["--since", "all", "--state", "state", "--exec", "cat >> handled"];
  const handled = () => bodiesIn(folder, "handled");
  const cursor = () => {
    try {
      return readFileSync(join(folder, "state"), "utf8");
    } catch {
      return "";
    }
  };
  const rounds = fc.sample(
    fc.record({
      texts: fc.integer({ min: 1, max: 12 }),
      /** How many of the texts that wait are handled before the kill. */
      until: fc.integer({ min: 0, max: 14 }),
      moment: fc.constantFrom("as it is handled", "as it is kept", "a little later"),
      laterMs: fc.integer({ min: 0, max: 30 }),
      server: fc.constantFrom("goes on", "goes on", "is killed", "is killed first"),
    }),
    { seed: SEED, numRuns: ROUNDS },
  );

  let sent = 0;
  for (const round of rounds) {
    for (let i = 0; i < round.texts; i++) await send(server, tenant, `text ${++sent}`);
    const tail = await startTail(server, tenant, args);
    const target = Math.min(handled().length + round.until, sent);
    await until(
      `${target} handled`,
      () => handled().length >= target || new Set(handled()).size === sent,
      LONG_MS,
    );
    if (round.moment === "as it is kept" && handled().length > 0) {
      const before = cursor();
      await until(
        "the next is kept, or there is none",
        () => cursor() !== before || new Set(handled()).size === sent,
        LONG_MS,
      );
    }
    // A moment is what is drawn here: nothing is waited for.
    if (round.moment === "a little later") await Bun.sleep(round.laterMs);
    if (round.server === "is killed first") await server.kill();
    tail.signal("SIGKILL");
    expect(await tail.ended).toBeNull();
    expect(tail.stderr()).not.toContain("gap");
    if (round.server === "is killed") await server.kill();
    if (round.server !== "goes on") {
      server = await startServer({ folder, telnyx, env: { ...env, PORT: new URL(server.url).port } });
    }
  }
  await send(server, tenant, `text ${++sent}`);
  const last = await startTail(server, tenant, args);
  await until("the last text", () => handled().includes(`text ${sent}`), LONG_MS);
  last.signal("SIGTERM");
  expect(await last.ended).toBe(0);

  // Whatever comes twice, comes before what follows it.
  const all = handled();
  const firsts = [...new Set(all)];
  expect(firsts).toEqual(Array.from({ length: sent }, (_, i) => `text ${i + 1}`));
  // A kill may cost the text that was being handled a second time, and no other.
  expect(all.length - firsts.length).toBeLessThanOrEqual(ROUNDS);
}, 120_000);
