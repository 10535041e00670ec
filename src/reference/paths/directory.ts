/** Whose a key is, and which numbers it sees. */
import { failures } from "../answers.ts";
import { json, object, type Paths, ref } from "../openapi.ts";
import { parameter } from "../parameters.ts";
import { keyWith } from "../security.ts";

export const DIRECTORY_PATHS: Paths = {
  "/api/v1/me": {
    get: {
      operationId: "getMe",
      tags: ["Account"],
      summary: "Whose key this is",
      description: "For any key, whatever its scopes.",
      security: keyWith(),
      responses: {
        200: {
          description: "The key's account, teams and scopes.",
          content: json(object("Whose key this is.", { data: ref("schemas", "Me") })),
        },
        ...failures("unauthorized", "rate_limited", "unavailable"),
      },
    },
  },
  "/api/v1/phone-numbers": {
    get: {
      operationId: "listPhoneNumbers",
      tags: ["Account"],
      summary: "The numbers that this key sees",
      description: "In the order of the numbers, active or not.",
      security: keyWith("phone_numbers:read"),
      parameters: [parameter("Limit"), parameter("PageCursor")],
      responses: {
        200: {
          description: "The numbers of the account and of its teams.",
          content: json(
            object("A page of numbers.", {
              data: { type: "array", items: ref("schemas", "Number") },
              meta: ref("schemas", "ListMeta"),
            }),
          ),
        },
        ...failures("validation_error", "unauthorized", "forbidden", "rate_limited", "unavailable"),
      },
    },
  },
};
