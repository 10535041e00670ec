/** A client that knows nothing of Inlet but its document makes requests, and they succeed. */
import { expect, test } from "bun:test";
import { OpenAPIClientAxios } from "openapi-client-axios";
import { tenant, testService } from "../harness/service.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";

test("a generic client calls the operations by their names", async () => {
  const service = await testService();
  const { key, number, accountId } = await tenant(service, "+14155550921", "team", [
    "sms:read",
    "phone_numbers:read",
  ]);
  await deliver(service.url, service.telnyx, smsEvent(number, "Hello!"));
  const api = new OpenAPIClientAxios({
    definition: `${service.url}/openapi.json`,
    axiosConfigDefaults: { baseURL: service.url, headers: { authorization: `Bearer ${key}` } },
  });
  const client = await api.init();
  const call = async (
    operationId: string,
    parameters: Record<string, string | number> = {},
    body?: unknown,
  ) => {
    const operation = client[operationId];
    if (!operation) throw new Error(`the client has no ${operationId}`);
    const { status, data } = await operation(parameters, body);
    return [status, data];
  };

  const [status, page] = await call("listMessages", { limit: 5, to: number });
  expect([status, page.data.length, page.meta.page_size]).toEqual([200, 1, 5]);
  const [{ message_id }] = page.data;
  expect(await call("getMessage", { message_id })).toMatchObject([200, { data: { body: "Hello!" } }]);
  expect(await call("nextMessage", { since: "1h", timeout: 5 })).toMatchObject([
    200,
    { data: { message_id } },
  ]);
  expect(await call("getMe")).toMatchObject([200, { data: { account: { id: accountId } } }]);
  expect(await call("listPhoneNumbers")).toMatchObject([200, { data: [{ number }] }]);
  expect(await call("createTicket", {}, { ttl_seconds: 60 })).toMatchObject([
    201,
    { data: { ticket: expect.stringMatching(/^ticket_/) } },
  ]);
  expect(await call("isReady")).toMatchObject([200, { data: { status: "ready", durability: "synced" } }]);
});
