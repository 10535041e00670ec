/** The methods of an address, as 405 and preflights tell them. */
import { expect, test } from "bun:test";
import { methodsAt } from "../../src/http/methods.ts";

const ROUTES = [
  { method: "GET", path: "/" },
  { method: "GET", path: "/v1/messages" },
  { method: "GET", path: "/v1/messages/:message_id" },
  { method: "DELETE", path: "/v1/messages/:message_id" },
  { method: "POST", path: "/v1/messages/next" },
];

test.each<[string, string]>([
  ["/", "GET, HEAD"],
  ["/v1/messages", "GET, HEAD"],
  ["/v1/messages/", "GET, HEAD"],
  ["/v1/messages/msg_1", "DELETE, GET, HEAD"],
  ["/v1/messages/next", "DELETE, GET, HEAD, POST"],
  ["/v1/messages//", ""],
  ["/v1/messages/msg_1/x", ""],
  ["/v2/messages", ""],
])("at %s there are %s", (path, methods) => {
  expect([...methodsAt(ROUTES, path)].join(", ")).toBe(methods);
});
