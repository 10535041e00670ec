/** A message as everyone outside sees it: the same on the stream and in the history. */
import { REASONS } from "../../media/refusal.ts";
import { object, ref, type Schemas } from "../openapi.ts";

export const MESSAGE_EXAMPLE = {
  message_id: "msg_1eeeec91d31b101b30f69782794e5cec",
  from: "+14155551234",
  to: "+14155559999",
  body: "Hello!",
  received_at: "2026-05-22T18:30:00.000Z",
};

export const MESSAGE: Schemas = {
  MessageId: {
    type: "string",
    description:
      "Made from Telnyx's id of the message and the recipient: the same across retries, the fail-over URL and recovery.",
    pattern: "^msg_[0-9a-f]{32}$",
    examples: [MESSAGE_EXAMPLE.message_id],
  },
  Message: {
    ...object(
      "One inbound SMS or MMS to one number. The first five fields are always there, the others only where they say something.",
      {
        message_id: ref("schemas", "MessageId"),
        from: {
          type: "string",
          description:
            "The sender: E.164, a short code, or a name, as Telnyx gives it. Empty when it gives none.",
          examples: [MESSAGE_EXAMPLE.from],
        },
        to: {
          type: "string",
          description: "The number that received it: E.164, or a short code.",
          examples: [MESSAGE_EXAMPLE.to],
        },
        body: {
          type: "string",
          description:
            "The text, which may be empty. Well-formed Unicode: NUL and lone surrogates arrive as U+FFFD, nothing else is altered.",
          examples: [MESSAGE_EXAMPLE.body],
        },
        received_at: {
          ...ref("schemas", "Time"),
          description: "When Telnyx received it, which is not when it was stored here.",
        },
      },
      {
        subject: {
          type: "string",
          minLength: 1,
          description: "The subject of an MMS: text like the body, which may then be empty.",
          examples: ["Gate code"],
        },
        media: { type: "array", minItems: 1, items: ref("schemas", "Media") },
        cc: {
          type: "array",
          minItems: 1,
          items: { type: "string" },
          description: "The others in a group message.",
          examples: [["+14155550000"]],
        },
        keyword: {
          type: "string",
          minLength: 1,
          description: "`STOP`, `START`, `HELP` and such: Telnyx has answered it already.",
          examples: ["STOP"],
        },
        spam: { const: true, description: "Telnyx takes it for spam." },
        recovered: {
          const: true,
          description:
            "Its webhook never arrived: it was fetched from Telnyx later, and so comes behind messages that Telnyx received after it.",
        },
      },
    ),
    examples: [MESSAGE_EXAMPLE],
  },
  Media: object(
    "A file of an MMS: a link of Telnyx's, for a limited time; or, where this server keeps files (`MEDIA=store`), an address of its own.",
    {
      url: {
        type: "string",
        description:
          "Where it is: at Telnyx, and empty when Telnyx names no address; or here, under `/api/v1/sms/messages/{message_id}/media/{n}`, also while it is still fetched.",
        examples: ["https://media.telnyx.com/example.png"],
      },
    },
    {
      content_type: { type: "string", examples: ["image/png"] },
      size: { type: "integer", minimum: 0, description: "Bytes.", examples: [102_400] },
      source_url: {
        type: "string",
        description: "Of one that this server keeps: where Telnyx has it.",
        examples: ["https://media.telnyx.com/example.png"],
      },
      status: {
        type: "string",
        enum: ["pending", "stored", "failed"],
        description:
          "Of one that this server keeps, in the history only. `content_type` and `size` are those of the file once it is stored.",
      },
      reason: { type: "string", enum: [...REASONS], description: "Why it failed." },
    },
  ),
};
