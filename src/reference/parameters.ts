/** Parameters that more than one operation takes. */
import { DEFAULT_LIMIT, MAX_FROM, MAX_LIMIT, MAX_SEARCH, MAX_TO } from "../api/parameters.ts";
import { DURATION_FORM } from "../values/duration.ts";
import { type Parameter, ref } from "./openapi.ts";

const MOMENT = {
  type: "string",
  examples: ["2026-05-22T18:30:00Z", "10m", "2h", "7d"],
} as const;

const NUMBERS = { type: "array", maxItems: MAX_TO, items: ref("schemas", "PhoneNumber") } as const;

export const PARAMETERS = {
  LastEventIdHeader: {
    name: "Last-Event-ID",
    in: "header",
    description:
      "The id of the last event that was seen, which every `EventSource` sends by itself: everything after it follows. It wins over the query, and an empty one counts as absent.",
    schema: { type: "string", examples: ["k3f9-1041"] },
  },
  LastEventId: {
    name: "last_event_id",
    in: "query",
    description: "The same, for clients that cannot set the header. Also spelled `lastEventId`.",
    schema: { type: "string", examples: ["k3f9-1041"] },
  },
  StreamSince: {
    name: "since",
    in: "query",
    description: `Start with what was stored since then: a time in ISO 8601, ${DURATION_FORM}, or \`all\`. A cursor wins over it.`,
    schema: MOMENT,
  },
  StreamTo: {
    name: "to",
    in: "query",
    description:
      "Only messages to this number. Repeatable; other spellings, such as `to[]`, are refused. One that the key does not see is refused to a fresh client. On a resume it stays in the filter whoever owns it now, and what is shown is decided by the accounts that the key sees: texts that were stored for them before the number moved still come.",
    style: "form",
    explode: true,
    schema: NUMBERS,
  },
  To: {
    name: "to",
    in: "query",
    description: "Only messages to this number. Repeatable; other spellings, such as `to[]`, are refused.",
    style: "form",
    explode: true,
    schema: NUMBERS,
  },
  From: {
    name: "from",
    in: "query",
    description: "Only messages from this sender: a number, or a name.",
    schema: { type: "string", minLength: 1, maxLength: MAX_FROM, examples: ["+14155551234"] },
  },
  Text: {
    name: "q",
    in: "query",
    description:
      "Only messages whose subject and body together have all of these words, in any order, whatever their case and accents. A word of three characters or more may end in `*`; what is written without a space, such as `don't`, must stand together. Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese are found by any part of what is written. Emoji are words. Anything with a letter, a digit or an emoji in it is a search.",
    schema: { type: "string", maxLength: MAX_SEARCH, examples: ["order way"] },
  },
  Since: {
    name: "since",
    in: "query",
    description: `Only what was stored at this time or later: a time in ISO 8601, ${DURATION_FORM}, or \`all\`.`,
    schema: MOMENT,
  },
  Until: {
    name: "until",
    in: "query",
    description: `Only what was stored before this time: a time in ISO 8601, or ${DURATION_FORM}.`,
    schema: MOMENT,
  },
  Limit: {
    name: "limit",
    in: "query",
    description: "The most entries of one page.",
    schema: { type: "integer", minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
  },
  PageCursor: {
    name: "cursor",
    in: "query",
    description: "From `meta.cursor` of the page before, with the same other parameters.",
    schema: { type: "string" },
  },
  After: {
    name: "after",
    in: "query",
    description: "Only what was stored after this position of the stream.",
    schema: ref("schemas", "Cursor"),
  },
} as const satisfies Readonly<Record<string, Parameter>>;

export function parameter(name: keyof typeof PARAMETERS) {
  return ref("parameters", name);
}
