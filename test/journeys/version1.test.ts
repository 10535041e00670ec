/** A messaging profile of another API version is told from a stranger in the log, and nothing else is. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { startServer } from "../harness/server.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(60_000);

const FORM = "application/x-www-form-urlencoded";
const VERSION_1 = "the profile sends version 1: run inlet telnyx setup";
const VERSION_2010 = "the profile sends version 2010-04-01, a form: run inlet telnyx setup";

test.each([
  [{ "x-telnyx-signature": "t=1,h=abc" }, VERSION_1],
  [{ "content-type": `${FORM}; charset=utf-8` }, VERSION_2010],
  [{ "content-type": "Application/X-WWW-Form-URLencoded" }, VERSION_2010],
  [{ "content-type": "application/json" }, '"reason":"no signature"'],
  [
    { "content-type": FORM, "telnyx-signature-ed25519": "x", "telnyx-timestamp": "1" },
    '"reason":"too old or too new"',
  ],
])("a webhook with %j is refused, and the log says %s", async (headers, line) => {
  const server = await startServer();
  const sent = await fetch(`${server.url}/webhooks/telnyx`, {
    method: "POST",
    headers,
    body: "From=1&Body=secret",
  });
  expect(sent.status).toBe(401);
  await until(line, () => server.log().includes(line));
  expect(server.log()).not.toContain("secret");
  for (const other of [VERSION_1, VERSION_2010]) expect(server.log().includes(other)).toBe(other === line);
  await server.stop();
});
