/** Telnyx's way in. */
import { BEST_FIRST, WEBHOOK_BYTES } from "../../telnyx/webhook.ts";
import { failures } from "../answers.ts";
import { json, object, type Paths, type Schema } from "../openapi.ts";
import { TELNYX } from "../security.ts";

const EVENT: Schema = {
  type: "object",
  description:
    "Any event of Telnyx. Only a `message.received` of type SMS or MMS with a recipient is stored; everything else is answered `ignored`, whatever its shape.",
  properties: {
    data: {
      type: "object",
      properties: {
        event_type: { type: "string", examples: ["message.received"] },
        id: { type: "string", format: "uuid" },
        occurred_at: { type: "string", format: "date-time" },
        payload: {
          type: "object",
          properties: {
            id: { type: "string" },
            type: { type: "string", examples: ["SMS"] },
            from: { type: "object", properties: { phone_number: { type: "string" } } },
            to: {
              type: "array",
              items: { type: "object", properties: { phone_number: { type: "string" } } },
            },
            text: { type: "string" },
            received_at: { type: "string", format: "date-time" },
          },
        },
      },
    },
  },
};

export const WEBHOOK_PATHS: Paths = {
  "/webhooks/telnyx": {
    post: {
      operationId: "receiveTelnyxWebhook",
      tags: ["Telnyx"],
      summary: "Receive Telnyx's events",
      description: `For Telnyx alone: make it the webhook URL of the messaging profile. The body has at most ${WEBHOOK_BYTES} bytes. The answer comes within 1.5 s, and is 200 only after the message is on disk.`,
      security: TELNYX,
      requestBody: {
        required: true,
        content: json(EVENT, {
          data: {
            event_type: "message.received",
            id: "b301ed3f-1490-491f-995f-6e64e69674d4",
            occurred_at: "2026-05-22T18:30:00.000Z",
            payload: {
              id: "84cca175-9755-4859-b67f-4730d7f58aa3",
              type: "SMS",
              from: { phone_number: "+14155551234" },
              to: [{ phone_number: "+14155559999" }],
              text: "Hello!",
              received_at: "2026-05-22T18:30:00.000Z",
            },
          },
        }),
      },
      responses: {
        200: {
          description: "It is on disk, or there was nothing to keep.",
          content: json(
            object("What became of it.", {
              data: object("Of several recipients, the best outcome.", {
                outcome: {
                  type: "string",
                  enum: [...BEST_FIRST, "ignored"],
                  description:
                    "`stored`; `unrouted`: stored for a number that nobody has; `duplicate`: it was here before; `ignored`: not an SMS or MMS.",
                },
              }),
            }),
          ),
        },
        ...failures("validation_error", "unauthorized", "payload_too_large", "unavailable"),
      },
    },
  },
};
