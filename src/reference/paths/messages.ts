/** The history: what was stored, page by page, one by one, and the next one. */
import { DEFAULT_TIMEOUT_SECONDS, MAX_TIMEOUT_SECONDS } from "../../api/historyrequest.ts";
import { MAX_HISTORY_REQUESTS_PER_KEY } from "../../api/inflight.ts";
import { KEPT_TYPES } from "../../media/sniff.ts";
import { failures } from "../answers.ts";
import { json, object, type Paths, ref } from "../openapi.ts";
import { parameter } from "../parameters.ts";
import { keyWith } from "../security.ts";

const FILE_HEADERS = { ETag: ref("headers", "ETag") };
const FILE = Object.fromEntries(
  KEPT_TYPES.map((type) => [type, { schema: { type: "string", format: "binary" } as const }]),
);

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
  "/api/v1/sms/messages/{message_id}/media/{n}": {
    get: {
      operationId: "getMedia",
      tags: ["Messages"],
      summary: "Get a file of an MMS",
      description:
        "Where this server keeps them (`MEDIA=store`). The type is told by the file's first bytes; one that is no image, audio or video is sent as a download. One range at a time; `If-None-Match` and `If-Range` with the `ETag`. While it is still fetched the answer is 503; 404 says why it could not be kept. A ticket does not open it.",
      security: keyWith("sms:read"),
      parameters: [
        {
          name: "message_id",
          in: "path",
          description: "Of a message that the key sees; any other is 404.",
          required: true,
          schema: ref("schemas", "MessageId"),
        },
        {
          name: "n",
          in: "path",
          description: "As the medium's `url` has it.",
          required: true,
          schema: { type: "integer", minimum: 0 },
        },
        {
          name: "Range",
          in: "header",
          description: "One range of bytes.",
          schema: { type: "string", examples: ["bytes=0-1023"] },
        },
        {
          name: "If-None-Match",
          in: "header",
          description: "The `ETag` of a copy that is at hand.",
          schema: { type: "string" },
        },
      ],
      responses: {
        200: { description: "The file.", headers: FILE_HEADERS, content: FILE },
        206: {
          description: "The part that was asked for.",
          headers: { ...FILE_HEADERS, "Content-Range": ref("headers", "Content-Range") },
          content: FILE,
        },
        304: { description: "The copy is still right.", headers: { ETag: ref("headers", "ETag") } },
        416: {
          description: "The file is shorter than where the range begins.",
          headers: { "Content-Range": ref("headers", "Content-Range") },
        },
        ...failures("unauthorized", "forbidden", "not_found", "rate_limited", "unavailable"),
      },
    },
  },
};
