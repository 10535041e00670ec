/** Ten thousand texts come back into a server that serves: nobody waits for them. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { MAX_TURN_MS, TurnWatch } from "../../harness/longestturn.ts";
import { addTenant, startServer } from "../../harness/server.ts";
import { connect } from "../../harness/stream.ts";
import { until } from "../../harness/until.ts";
import { TelnyxStandin } from "../standin/telnyx.ts";

setDefaultTimeout(120_000);

const NUMBER = "+14155550166";
const LOST = 10_000;
const HOUR = 3_600_000;

test("while they come back, webhooks are answered and streamed, and no turn is long", async () => {
  const telnyx = new TelnyxStandin();
  const first = await startServer({ telnyx: telnyx.key });
  const { key } = await addTenant(first.folder, NUMBER);
  telnyx.webhookUrl = `${first.url}/webhooks/telnyx`;
  await telnyx.send({ to: NUMBER, body: "before", at: Date.now() - 6 * HOUR });
  await first.stop();

  for (let i = 0; i < LOST; i++)
    telnyx.lose({
      to: NUMBER,
      body: `lost ${i}`,
      at: Date.now() - 20 * 60_000 + i * 50,
      isRecorded: i % 20 === 0,
    });
  // It looks only when the watch is ready.
  let isOpen = false;
  telnyx.faults.push(() => (isOpen ? null : Response.json({}, { status: 503 })));
  const env = { ...telnyx.env, BACKFILL_MINUTES: "0.01" };
  const server = await startServer({ folder: first.folder, telnyx: telnyx.key, env });
  telnyx.webhookUrl = `${server.url}/webhooks/telnyx`;
  await until("it has asked", () => telnyx.requests.length > 0);
  const client = await connect(server.url, { key });
  const watch = new TurnWatch(server);
  const sent: string[] = [];
  const turn = await watch.during(async () => {
    isOpen = true;
    while (client.messages.filter(({ recovered }) => recovered).length < LOST) {
      const body = `live ${sent.length}`;
      const text = await telnyx.send({ to: NUMBER, body });
      // Answered 200 the first time, and so in time.
      expect(text.attempts).toHaveLength(1);
      sent.push(body);
    }
  });
  await until("the live ones", () => client.messages.length >= LOST + sent.length);
  const bodies = client.bodies.map(String);
  expect(new Set(bodies).size).toBe(bodies.length);
  expect(bodies.filter((body) => body.startsWith("live"))).toEqual(sent);
  expect(bodies.filter((body) => body.startsWith("lost"))).toEqual(
    Array.from({ length: LOST }, (_, i) => `lost ${i}`),
  );
  expect(turn.cpuMs).toBeLessThan(MAX_TURN_MS);
  const warnings = server
    .log()
    .split("\n")
    .filter((line) => line.includes("missed webhooks cannot be looked for"));
  expect(warnings).toHaveLength(1);
  await until("it works again", () => server.log().includes("missed webhooks can be looked for again"));
  client.close();
  expect(await server.stop()).toBe(0);
});
