/** The route by which a demo sends messages to itself: only there, only with a key, only from its own page. */
import { expect, test } from "bun:test";
import type { SimulatedText } from "../../src/telnyx/simulate.ts";
import { type TestService, tenant, testService } from "../harness/service.ts";

const sent: SimulatedText[] = [];
const NUMBER = "+14155559999";
const demo: TestService = await testService({
  demo: {
    number: NUMBER,
    send: async (text) => {
      sent.push(text);
      return "stored";
    },
  },
});
const { key } = await tenant(demo, NUMBER);

function post(body: string, headers: Record<string, string> = {}, url = demo.url): Promise<Response> {
  const authorization = `Bearer ${key}`;
  return fetch(`${url}/demo/messages`, { method: "POST", body, headers: { authorization, ...headers } });
}

test("a text goes to the demo's number, from a sender that may be named", async () => {
  const response = await post(JSON.stringify({ text: "Hello" }), { origin: demo.url });
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ data: { outcome: "stored" } });
  expect(sent.at(-1)).toEqual({ from: "+13125550001", to: NUMBER, text: "Hello" });
  await post(JSON.stringify({ text: "\ud800\0", from: "+442071838750" }));
  expect(sent.at(-1)).toEqual({ from: "+442071838750", to: NUMBER, text: "\ufffd\ufffd" });
});

test("without a key, or from a page of another origin, nothing is sent", async () => {
  const before = sent.length;
  const text = JSON.stringify({ text: "Hello" });
  expect((await post(text, { authorization: "Bearer nonsense" })).status).toBe(401);
  for (const origin of ["https://evil.example", "null", "http://127.0.0.1:1", `${demo.url}.evil.example`]) {
    const response = await post(text, { origin });
    expect(response.status, origin).toBe(403);
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  }
  expect(sent.length).toBe(before);
});

test("what is no message is refused, and said why", async () => {
  const refused = ["", "[]", "null", "{", JSON.stringify({ text: "" }), JSON.stringify({ text: 7 })];
  refused.push(JSON.stringify({ text: "x".repeat(16_001) }).slice(0, 16_384));
  refused.push(JSON.stringify({ text: "x", from: "not a number" }));
  for (const body of refused) expect((await post(body)).status, body.slice(0, 40)).toBe(400);
  expect((await post("x".repeat(16_385))).status).toBe(413);
  const { error } = (await (await post("{}")).json()) as { error: { fields: Record<string, string> } };
  expect(Object.keys(error.fields)).toEqual(["text"]);
});

test("a server that is not a demo has no such route, and its page has no such form", async () => {
  const service = await testService();
  expect((await post("{}", {}, service.url)).status).toBe(404);
  expect(await (await fetch(service.url)).text()).toContain("&quot;demoNumber&quot;:null");
  expect(await (await fetch(demo.url)).text()).toContain(`&quot;demoNumber&quot;:&quot;${NUMBER}&quot;`);
});
