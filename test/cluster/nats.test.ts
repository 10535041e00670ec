/** Executables over one sqld, woken by a real nats-server, which is stopped, frozen and started again. */
import { afterAll, expect, setDefaultTimeout } from "bun:test";
import { connect as connectNats } from "@nats-io/transport-node";
import { openDatabase } from "../../src/database/open.ts";
import { createAccount } from "../../src/directory/accounts.ts";
import { addNumber } from "../../src/directory/numbers.ts";
import { createKey } from "../../src/keys/store.ts";
import { startSqld } from "../database/sqld.ts";
import { selfSigned } from "../harness/certificate.ts";
import { emptyFolder, stopEverything } from "../harness/cleanup.ts";
import { inletJson } from "../harness/cli.ts";
import { testWith } from "../harness/programs.ts";
import { type Server, startServer } from "../harness/server.ts";
import { connect } from "../harness/stream.ts";
import { deliver, smsEvent, telnyxKey } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";
import { prepareNats } from "./natsserver.ts";

setDefaultTimeout(60_000);
afterAll(stopEverything);

const natsTest = testWith("nats-server", "nats-server");
const NUMBER = "+14155550123";
const count = (server: Server, what: string) => server.log().split(what).length - 1;

/** Two servers over one sqld, and a key of the number. */
async function world(nats: string) {
  const sqld = await startSqld();
  const telnyx = telnyxKey();
  const env = { DATABASE_URL: sqld.url, NATS_URL: nats };
  const first = await startServer({ telnyx, env });
  const second = await startServer({ telnyx, env });
  const database = await openDatabase({ url: sqld.url, authToken: null });
  const { id } = await createAccount(database, "user", "Support", Date.now());
  await addNumber(database, NUMBER, id, null, Date.now());
  const wanted = { accountId: id, scopes: ["sms:read"], name: "key", lifetimeMs: null } as const;
  const key = await createKey(database, wanted, Date.now());
  await database.close();
  return { env, first, second, key, telnyx };
}

natsTest(
  "a text reaches a stream of the other process, and the wire carries no text and no number",
  async () => {
    const nats = await prepareNats();
    await nats.start();
    const wire: string[] = [];
    const listener = await connectNats({ servers: nats.address });
    listener.subscribe("inlet.>", {
      callback: (_, message) => void wire.push(`${message.subject} ${message.string()}`),
    });
    const { env, first, second, key, telnyx } = await world(`nats://${nats.address}`);
    const client = await connect(second.url, key);
    for (let i = 1; i <= 5; i++) {
      expect(await deliver(first.url, telnyx, smsEvent(NUMBER, `private ${i}`))).toBe("stored");
      await client.messageCount(i);
    }
    expect(client.bodies).toEqual([1, 2, 3, 4, 5].map((i) => `private ${i}`));
    const rings = () => wire.filter((line) => !line.includes(".probe."));
    await until("rings are heard", () => rings().length >= 5);
    const form = /^inlet\.[0-9a-f]{8} (\d{1,15}|Infinity) (\d{1,15}|Infinity) [\w-]{1,64}$/;
    for (const ring of rings()) expect(ring).toMatch(form);
    expect(wire.join("\n")).not.toMatch(/private|4155550123/);
    // A command rings, too.
    await inletJson(emptyFolder(), ["keys", "revoke", String(key.id)], env);
    await until("the command rings", () => rings().some((ring) => ring.endsWith(" command")));
    await client.end();
    expect(client.events.at(-1)?.data.reason).toBe("revoked");
    await listener.close();
  },
);

natsTest(
  "without it all is found by looking: away at the start, frozen, killed; each is said once",
  async () => {
    const nats = await prepareNats();
    const { first, second, key, telnyx } = await world(`nats://${nats.address}`);
    const client = await connect(second.url, key);
    let sent = 0;
    const send = async () => {
      expect(await deliver(first.url, telnyx, smsEvent(NUMBER, `text ${++sent}`))).toBe("stored");
      await client.messageCount(sent);
    };
    await send();
    for (const [how, leave, comeBack] of [
      ["away at the start", async () => undefined, nats.start],
      ["frozen", async () => nats.freeze(), async () => nats.resume()],
      ["killed", nats.kill, nats.start],
    ] as const) {
      const [unheard, heard] = [count(second, "NATS is not heard"), count(second, "NATS is heard again")];
      await leave();
      await until(`it is said (${how})`, () => count(second, "NATS is not heard") === unheard + 1);
      await send();
      await comeBack();
      await until(
        `it is heard again (${how})`,
        () => count(second, "NATS is heard again") === heard + 1,
        20_000,
      );
      await send();
      expect(count(second, "NATS is not heard")).toBe(unheard + 1);
    }
    expect(client.bodies).toEqual(Array.from({ length: sent }, (_, i) => `text ${i + 1}`));
    expect(await second.stop()).toBe(0);
  },
);

natsTest("credentials before the @, a token, and TLS with an authority of its own", async () => {
  const { cert, key } = selfSigned();
  const tls = ["--tls", "--tlscert", cert, "--tlskey", key];
  const kinds = [
    { args: ["--user", "u", "--pass", "p@/"], scheme: "nats", identity: "u:p%40%2F@", env: {} },
    { args: ["--auth", "to/ken"], scheme: "nats", identity: "to%2Fken@", env: {} },
    { args: tls, scheme: "tls", identity: "", env: { NATS_CA: cert } },
  ];
  for (const { args, scheme, identity, env } of kinds) {
    const nats = await prepareNats(args);
    await nats.start();
    const server = await startServer({ env: { ...env, NATS_URL: `${scheme}://${identity}${nats.address}` } });
    const stranger = await startServer({ env: { NATS_URL: `${scheme}://wrong@${nats.address}` } });
    await until("the stranger is refused", () => count(stranger, "NATS is not heard") === 1);
    expect(stranger.log()).not.toContain("wrong");
    expect(count(server, "NATS is not heard")).toBe(0);
    await Promise.all([server.stop(), stranger.stop()]);
  }
});
