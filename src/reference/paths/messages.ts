/** The history: what was stored, page by page, one by one, and the next one. */
import { DEFAULT_TIMEOUT_SECONDS, MAX_TIMEOUT_SECONDS } from "../../api/historyrequest.ts";
import { MAX_HISTORY_REQUESTS_PER_KEY } from "../../api/inflight.ts";
import { failures } from "../answers.ts";
import { json, object, type Paths, ref } from "../openapi.ts";
import { parameter } from "../parameters.ts";
import { keyWith } from "../security.ts";

const ONE = json(object("One message.", { data: ref("schemas", "Message") }));

export const MESSAGE_PATHS: Paths = {
  "/api/v1/sms/messages": {
    get: {
      operationId: "listMessages",
      tags: ["Messages"],
      summary: "List or search stored messages",
      description: `Newest first, unless \`order\` or \`after\` say otherwise. For the next page, repeat the request with \`cursor\` from \`meta.cursor\`. Messages that arrive meanwhile neither repeat nor hide any.

A key may have ${MAX_HISTORY_REQUESTS_PER_KEY} of these requests in flight at once; more are answered 429.

To load a page and then miss nothing, open the stream with \`Last-Event-ID\` set to \`meta.position\` of the first page.`,
      security: keyWith("sms:read"),
      parameters: [
        parameter("Limit"),
        {
          name: "order",
          in: "query",
          description: "Newest or oldest first, by the order of storing. `desc`, unless `after` is given.",
          schema: { type: "string", enum: ["desc", "asc"] },
        },
        parameter("PageCursor"),
        parameter("After"),
        parameter("To"),
        parameter("From"),
        parameter("Since"),
        parameter("Until"),
        parameter("Text"),
      ],
      responses: {
        200: {
          description: "A page, which may be empty.",
          content: json(
            object("A page of messages.", {
              data: { type: "array", items: ref("schemas", "Message") },
              meta: ref("schemas", "ListMeta"),
            }),
          ),
        },
        ...failures("validation_error", "unauthorized", "forbidden", "rate_limited", "unavailable"),
      },
    },
  },
  "/api/v1/sms/messages/next": {
    get: {
      operationId: "nextMessage",
      tags: ["Messages"],
      summary: "Wait for the next message",
      description:
        "Answers with the first message that matches, as soon as there is one: after `after`, else since `since`, else from now on. Made for tests and sign-up codes. It counts as a stream while it waits. `HEAD` does not wait, and answers 204.",
      security: keyWith("sms:read"),
      parameters: [
        {
          name: "timeout",
          in: "query",
          description: "The most seconds to wait.",
          schema: {
            type: "number",
            minimum: 0,
            maximum: MAX_TIMEOUT_SECONDS,
            default: DEFAULT_TIMEOUT_SECONDS,
          },
        },
        parameter("After"),
        parameter("Since"),
        parameter("To"),
        parameter("From"),
        parameter("Text"),
      ],
      responses: {
        200: {
          description: "The message.",
          headers: { "Inlet-Position": ref("headers", "Inlet-Position") },
          content: json(
            object("The message, and where it stands.", {
              data: ref("schemas", "Message"),
              meta: object("Where it stands.", {
                position: {
                  ...ref("schemas", "Cursor"),
                  description: "The message's position: the `after` of the next wait.",
                },
              }),
            }),
          ),
        },
        204: {
          description: "None came in time.",
          headers: { "Inlet-Position": ref("headers", "Inlet-Position") },
        },
        ...failures("validation_error", "unauthorized", "forbidden", "rate_limited", "unavailable"),
      },
    },
  },
  "/api/v1/sms/messages/{message_id}": {
    get: {
      operationId: "getMessage",
      tags: ["Messages"],
      summary: "Get one message",
      security: keyWith("sms:read"),
      parameters: [
        {
          name: "message_id",
          in: "path",
          description: "Of a message that the key sees; any other is 404.",
          required: true,
          schema: ref("schemas", "MessageId"),
        },
      ],
      responses: {
        200: { description: "The message.", content: ONE },
        ...failures("unauthorized", "forbidden", "not_found", "rate_limited", "unavailable"),
      },
    },
  },
};
