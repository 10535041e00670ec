/** The stream. */
import { failures } from "../answers.ts";
import { type Paths, ref } from "../openapi.ts";
import { parameter } from "../parameters.ts";
import { EVENTS, STREAM_EXAMPLE } from "../schemas/stream.ts";
import { keyWith, TICKET } from "../security.ts";

const EVENT_LINES = Object.entries(EVENTS)
  .map(([name, { description, id }]) => `- \`${name}\`: ${description} ${id ? `Id: ${lower(id)}` : "No id."}`)
  .join("\n");

export const STREAM_PATHS: Paths = {
  "/api/v1/sms/stream": {
    get: {
      operationId: "openStream",
      tags: ["Stream"],
      summary: "Follow messages as they arrive",
      description: `Server-sent events (WHATWG HTML, 9.2). Each event's \`data\` is one line of JSON:

${EVENT_LINES}

Between them stands the comment \`: heartbeat\`, every 30 seconds unless configured otherwise. A stream ends after at most five minutes, and on shutdown, and when its key or ticket ends. Come back with the id of the last event: everything after it is sent in order, each message once.

\`EventSource\` gives up for ever on an answer that is not 200. So a client that brings a cursor and meets a limit or a shutdown gets 200, \`retry:\`, \`closing\` and the end; one without a cursor gets 429 or 503.

\`HEAD\` is judged like \`GET\`, and opens no stream.`,
      security: [...keyWith("sms:read"), ...TICKET],
      parameters: [
        parameter("LastEventIdHeader"),
        parameter("LastEventId"),
        parameter("StreamSince"),
        parameter("StreamTo"),
      ],
      responses: {
        200: {
          description: "The stream. Its first bytes come at once.",
          headers: {
            "Cache-Control": {
              description: "Nothing between may keep or change it.",
              required: true,
              schema: { const: "no-cache, no-transform" },
            },
            "X-Accel-Buffering": {
              description: "For nginx, which would hold the stream back.",
              required: true,
              schema: { const: "no" },
            },
          },
          content: {
            "text/event-stream": {
              schema: {
                type: "string",
                description: "Text, of which each event is a #/components/schemas/StreamEvent.",
              },
              examples: { resumed: { summary: "A client that resumes", value: STREAM_EXAMPLE } },
              "x-itemSchema": ref("schemas", "StreamEvent"),
            },
          },
        },
        ...failures("validation_error", "unauthorized", "forbidden", "rate_limited", "unavailable"),
      },
    },
  },
};

function lower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
