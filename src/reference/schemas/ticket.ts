/** What a ticket is made from, and what comes of it. */
import { MAX_TO } from "../../api/parameters.ts";
import { DEFAULT_TTL_SECONDS, MAX_TTL_SECONDS } from "../../api/tickets.ts";
import { object, ref, type Schemas } from "../openapi.ts";

export const TICKET: Schemas = {
  Ticket: object("A ticket: kept as a hash, shown once.", {
    ticket: { type: "string", description: "Random and opaque." },
    expires_at: ref("schemas", "Time"),
    url: {
      type: "string",
      format: "uri-reference",
      description:
        "For `new EventSource(url)`: it starts with the server's public address, or is a path where none is configured.",
    },
  }),
  WantedTicket: {
    type: "object",
    description: "All of it may be left out, and so may the body.",
    additionalProperties: false,
    properties: {
      ttl_seconds: {
        type: "integer",
        minimum: 1,
        maximum: MAX_TTL_SECONDS,
        default: DEFAULT_TTL_SECONDS,
      },
      to: {
        type: "array",
        minItems: 1,
        maxItems: MAX_TO,
        items: ref("schemas", "PhoneNumber"),
        description: "Narrows it to these numbers, each of which the key must see.",
      },
    },
  },
};
