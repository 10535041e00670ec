/** The manual's example of several machines, pasted: on one machine, with its own addresses. */
import { afterAll, expect, setDefaultTimeout } from "bun:test";
import { join } from "node:path";
import { SQLD } from "../database/sqld.ts";
import { atTheEnd, emptyFolder, stopEverything } from "../harness/cleanup.ts";
import { bareEnv, inletJson } from "../harness/cli.ts";
import { freePort } from "../harness/ports.ts";
import { testWith } from "../harness/programs.ts";
import { startServer } from "../harness/server.ts";
import { connect } from "../harness/stream.ts";
import { deliver, smsEvent, telnyxKey } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";
import { blockWith } from "../manual/blocks.ts";

setDefaultTimeout(60_000);
afterAll(stopEverything);

const CHAPTER = "src/manual/machines.md";
const NUMBER = "+14155550123";

testWith("nats-server", "nats-server")(
  "the manual's example: every commit synced, each text heard",
  async () => {
    const folder = emptyFolder();
    const [http, admin, nats] = [await freePort(), await freePort(), await freePort()];
    const here = (text: string) =>
      text
        .replaceAll("10.0.0.5:8080", `127.0.0.1:${http}`)
        .replaceAll("database:8080", `localhost:${http}`)
        .replaceAll("127.0.0.1:9090", `127.0.0.1:${admin}`)
        .replaceAll("-a 10.0.0.5 -p 4222", `-a 127.0.0.1 -p ${nats}`)
        .replaceAll("10.0.0.5:4222", `127.0.0.1:${nats}`)
        .replaceAll("/var/lib/sqld", join(folder, "sqld"));
    const servers = here(await blockWith(CHAPTER, "nats-server -a"))
      .trim()
      .split("\n");
    for (const line of servers) {
      const [program = "", ...args] = line.split(" ");
      const path = program === "sqld" ? SQLD : program;
      const child = Bun.spawn([path, ...args], { env: bareEnv(), stdout: "ignore", stderr: "ignore" });
      atTheEnd(() => child.kill("SIGKILL"));
    }
    await until(
      "sqld answers",
      async () => (await fetch(`http://127.0.0.1:${http}/health`).catch(() => null))?.ok,
    );
    const curl = here(await blockWith(CHAPTER, "durability_mode"));
    expect(Bun.spawnSync(["sh", "-c", curl], { stderr: "ignore" }).exitCode).toBe(0);
    const lines = here(await blockWith(CHAPTER, "NATS_URL="))
      .trim()
      .split("\n");
    const env = Object.fromEntries(lines.map((line) => line.split(/=(.*)/).slice(0, 2)));
    const telnyx = telnyxKey();
    const [first, second] = [await startServer({ telnyx, env }), await startServer({ telnyx, env })];
    expect(first.log()).toContain('"durability":"synced"');
    const ready = await (await fetch(`${first.url}/readyz`)).json();
    expect(ready).toEqual({ data: { status: "ready", durability: "synced" } });
    const { id } = await inletJson<{ id: number }>(
      folder,
      ["accounts", "create", "--kind", "user", "--name", "x"],
      env,
    );
    await inletJson(folder, ["numbers", "add", NUMBER, "--account", String(id)], env);
    const create = ["keys", "create", "--account", String(id), "--scope", "sms:read"];
    const client = await connect(second.url, await inletJson<{ key: string }>(folder, create, env));
    for (const text of ["one", "two"])
      expect(await deliver(first.url, telnyx, smsEvent(NUMBER, text))).toBe("stored");
    await client.messageCount(2);
    expect(client.bodies).toEqual(["one", "two"]);
    for (const server of [first, second]) expect(server.log()).not.toContain("NATS is not heard");
  },
);
