/** More connections than the process may have files: the executable says so, is not ready, and recovers by itself. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { connect } from "node:net";
import { atTheEnd } from "../harness/cleanup.ts";
import { startServer } from "../harness/server.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(60_000);

const LIMIT = 100;

test("a process that runs out of file descriptors says so, is not ready, and recovers by itself", async () => {
  const server = await startServer({ through: ["/bin/sh", "-c", `ulimit -n ${LIMIT}; exec "$@"`, "sh"] });
  expect(server.log()).toContain("MAX_STREAMS is more than the process may have");
  const { port } = new URL(server.url);
  // A connection that is there already: for new ones nothing may be left.
  const kept = connect(Number(port), "127.0.0.1");
  atTheEnd(() => kept.destroy());
  let answers = "";
  kept.on("data", (data) => (answers += String(data)));
  const ask = async () => {
    answers = "";
    kept.write("GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n");
    return await until("an answer", () => /^HTTP\/1.1 (\d+)/.exec(answers)?.[1]);
  };
  expect(await ask()).toBe("200");
  const others = Array.from({ length: LIMIT }, () => connect(Number(port), "127.0.0.1"));
  for (const other of others) other.on("error", () => undefined);
  await until("it says so", () => server.log().includes("no file descriptors are left"));
  expect(await ask()).toBe("503");
  for (const other of others) other.destroy();
  await until("it recovers", () => server.log().includes("enough file descriptors are left again"));
  expect(await ask()).toBe("200");
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
});
