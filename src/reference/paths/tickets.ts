/** Tickets, which open the stream in a browser. */
import { MAX_STREAMS_PER_TICKET } from "../../stream/limits.ts";
import { failures } from "../answers.ts";
import { json, object, type Paths, ref } from "../openapi.ts";
import { keyWith } from "../security.ts";

export const TICKET_PATHS: Paths = {
  "/api/v1/sms/stream/tickets": {
    post: {
      operationId: "createTicket",
      tags: ["Stream"],
      summary: "Make a ticket for a browser",
      description: `A browser's own \`EventSource\` sends no headers, and a key must not stand in an address. Your back end makes a ticket with its key, and the page opens the stream with it. It works again on each reconnect, until it expires or its key does, for at most ${MAX_STREAMS_PER_TICKET} streams at a time; it opens nothing else.

\`\`\`js
const es = new EventSource(ticket.url);
es.addEventListener("sms_received", (event) => console.log(JSON.parse(event.data)));
\`\`\``,
      security: keyWith("sms:read"),
      requestBody: { required: false, content: json(ref("schemas", "WantedTicket"), { ttl_seconds: 900 }) },
      responses: {
        201: {
          description: "The ticket.",
          content: json(object("One ticket.", { data: ref("schemas", "Ticket") })),
        },
        ...failures(
          "validation_error",
          "unauthorized",
          "forbidden",
          "payload_too_large",
          "rate_limited",
          "unavailable",
        ),
      },
    },
  },
};
