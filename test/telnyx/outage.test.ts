/** The demonstration of an outage: the executable loses texts on purpose, and what Telnyx's stand-in says is Telnyx's. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { LostTexts } from "../../src/telnyx/losttexts.ts";
import { binary } from "../harness/binary.ts";
import { atTheEnd, emptyFolder, stopEverything } from "../harness/cleanup.ts";
import { bareEnv } from "../harness/cli.ts";
import { connect } from "../harness/stream.ts";
import { until } from "../harness/until.ts";
import { answerFault } from "./standin/judge.ts";

setDefaultTimeout(60_000);
afterAll(stopEverything);

test("inlet demo --outage: what was lost comes back on the stream that is open, marked", async () => {
  const folder = emptyFolder();
  const env = bareEnv({ PORT: "0", TMPDIR: folder });
  const command = [await binary(), "demo", "--outage", "4s"];
  const demo = Bun.spawn(command, { cwd: folder, env, stdout: "pipe", stderr: "inherit" });
  atTheEnd(() => demo.kill("SIGKILL"));
  let printed = "";
  void (async () => {
    for await (const chunk of demo.stdout) printed += new TextDecoder().decode(chunk);
  })();
  const [, url = "", key = ""] = await until("the address", () =>
    /^ {2}Console +(http:\S+)\/#key=(\S+)$/m.exec(printed),
  );
  const client = await connect(url, { key });
  const found = () => client.messages.find((message) => message.recovered === true);
  const recovered = await until("a text comes back", found, 30_000);
  expect(printed).toContain(`${recovered.from} → ${recovered.to}  lost  ${recovered.body}\n`);
  expect(printed.indexOf("An outage begins")).toBeLessThan(printed.indexOf("  lost  "));
  expect(printed.indexOf("  lost  ")).toBeLessThan(printed.indexOf("The outage is over."));
  demo.kill("SIGINT");
  expect(await demo.exited).toBe(0);
});

test("what it says of lost texts is as Telnyx says it, page by page", async () => {
  const lost = new LostTexts();
  atTheEnd(() => lost.close());
  const now = Date.now();
  for (let i = 0; i < 3; i++) lost.add({ from: "+13125550001", to: "+14155559999", text: `${i}` }, now + i);
  const ask = async (path: string, query: string) => {
    const answer = await fetch(`${lost.access.baseUrl}${path}?${query}`);
    const body = (await answer.json()) as { data: Record<string, unknown>[]; meta: { total_pages: number } };
    expect(answerFault("GET", path, body)).toBeNull();
    return body;
  };
  const first = await ask("/webhook_deliveries", "page[size]=2");
  const last = await ask("/webhook_deliveries", "page[size]=2&page[number]=2");
  expect(first.meta.total_pages).toBe(2);
  expect([...first.data, ...last.data].map(({ started_at }) => started_at)).toEqual(
    [2, 1, 0].map((i) => new Date(now + i).toISOString()),
  );
  const since = encodeURIComponent(new Date(now + 1).toISOString());
  const records = await ask("/detail_records", `filter[created_at][gte]=${since}&page[size]=50`);
  expect(records.data.map(({ created_at }) => created_at)).toEqual(
    [1, 2].map((i) => new Date(now + i).toISOString()),
  );
  expect((await fetch(`${lost.access.baseUrl}/messages/1`)).status).toBe(404);
});
