/** Numbers as people write them: one reader in commands, webhooks, streams and the history. */
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { api, bodiesOf } from "../harness/api.ts";
import { inlet, inletJson } from "../harness/cli.ts";
import { addTenantByCommands, type Server, startServer, type Tenant } from "../harness/server.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";

setDefaultTimeout(60_000);

const NUMBER = "+442079460958";
const SPELLINGS = [
  "+44 (0)20 7946 0958",
  "+4402079460958",
  "tel:+44-20-7946-0958",
  "+44\u00A020\u20137946\u20130958",
];

let server: Server;
let tenant: Tenant;

beforeAll(async () => {
  server = await startServer({ args: ["--development"] });
  tenant = await addTenantByCommands(server.folder, SPELLINGS[0] ?? "");
});

const run = (...args: string[]) => inletJson<Record<string, unknown>>(server.folder, args);
const get = (path: string) => api(server.url, tenant.key, path);

test("however a number is spelled, commands and webhooks mean the same one", async () => {
  for (const [i, spelling] of SPELLINGS.entries()) {
    expect(await run("numbers", "activate", spelling)).toMatchObject({ number: NUMBER });
    expect((await inlet(server.folder, ["numbers", "add", spelling, "--account", "1"])).code).toBe(1);
    const text = ["--text", `simulated ${i}`, "--url", server.url];
    expect(await run("simulate", "--to", spelling, ...text)).toMatchObject({ outcome: "stored" });
    expect(await deliver(server.url, server.telnyx, smsEvent(spelling, `sent ${i}`))).toBe("stored");
  }
  const { data } = await get(`/sms/messages?to=${encodeURIComponent(SPELLINGS[0] ?? "")}`);
  expect(data.map(({ to }) => to)).toEqual(Array.from({ length: 8 }, () => NUMBER));
  for (const spelling of SPELLINGS)
    expect((await get(`/sms/messages?to=${encodeURIComponent(spelling)}`)).data).toHaveLength(8);
});

test("a number without its country is refused, and what may be meant is said", async () => {
  const { code, stderr } = await inlet(server.folder, ["numbers", "add", "4155559999", "--account", "1"]);
  expect([code, stderr]).toEqual([2, expect.stringContaining("did you mean +14155559999?")]);
});

test("a sender is found as it is shown, and in every other spelling", async () => {
  const senders = {
    "456-789": ["456-789", "456789"],
    "Your Bank": ["Your Bank"],
    "+49 (0)30 123456": ["+4930123456"],
  };
  for (const [from, spellings] of Object.entries(senders)) {
    await deliver(
      server.url,
      server.telnyx,
      smsEvent(NUMBER, `from ${from}`, { from: { phone_number: from } }),
    );
    for (const spelling of [from, ...spellings]) {
      for (const route of ["/sms/messages?q=from&", "/sms/messages?", "/sms/messages/next?since=all&"]) {
        const answer = await get(`${route}from=${encodeURIComponent(spelling)}`);
        const found = Array.isArray(answer.data)
          ? bodiesOf(answer)
          : [(answer.data as { body: string }).body];
        expect(found, `${route} ${spelling}`).toEqual([`from ${from}`]);
      }
    }
  }
});

test("a spelling that would show everything is refused by its right name, wherever numbers narrow", async () => {
  for (const path of ["/sms/stream", "/sms/messages", "/sms/messages/next"]) {
    for (const name of ["to[]", "to[0]", "To", "to%5B%5D"]) {
      const { status, text } = await get(`${path}?${name}=${encodeURIComponent(NUMBER)}`);
      expect([status, text], `${path} ${name}`).toEqual([
        400,
        expect.stringContaining('"to":"must be spelled to'),
      ]);
    }
    const long = await get(`${path}?x=${"x".repeat(8_200)}`);
    expect([long.status, long.text]).toEqual([400, expect.stringContaining('"query"')]);
  }
  for (const path of ["/me", "/phone-numbers", "/sms/messages/msg_1"])
    expect([400, 403]).toContain((await get(`${path}?x=${"x".repeat(8_200)}`)).status);
});
