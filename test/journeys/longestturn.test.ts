/** Nothing from outside decides how long one turn of the event loop takes. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { longestTurn, MAX_TURN_MS } from "../harness/longestturn.ts";
import { startServer } from "../harness/server.ts";

setDefaultTimeout(120_000);

test("the harness sees a header that costs", async () => {
  const server = await startServer();
  const header = `gzip;q=0.${"1".repeat(15_000)}x`;
  const { cpuMs } = await longestTurn(server, async () => {
    await (await fetch(server.url, { headers: { "accept-encoding": header } })).arrayBuffer();
  });
  expect(cpuMs).toBeLessThan(MAX_TURN_MS);
  await server.stop();
});
