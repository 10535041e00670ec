/** Parameters that more than one operation takes. */
import { DURATION_FORM } from "../duration.ts";
import { MOST_TO } from "../stream/request.ts";
import { type Parameter, ref } from "./openapi.ts";

/** Durations and times as {@link parseDuration} and {@link parseTime} take them: the server judges them. */
const MOMENT = {
  type: "string",
  examples: ["2026-05-22T18:30:00Z", "10m", "2h", "7d"],
} as const;

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
      "Only messages to this number. Repeatable. One that the key does not see is refused to a fresh client, and left out on a resume.",
    style: "form",
    explode: true,
    schema: { type: "array", maxItems: MOST_TO, items: ref("schemas", "PhoneNumber") },
  },
  To: {
    name: "to",
    in: "query",
    description: "Only messages to this number.",
    schema: ref("schemas", "PhoneNumber"),
  },
  From: {
    name: "from",
    in: "query",
    description: "Only messages from this sender.",
    schema: { type: "string", examples: ["+14155551234"] },
  },
  Text: {
    name: "q",
    in: "query",
    description:
      "Only messages whose text has all of these words, in any order, whatever their case and accents; a word of three characters or more may end in `*`. Any text is a search.",
    schema: { type: "string", examples: ["order way"] },
  },
  Since: {
    name: "since",
    in: "query",
    description: `Only what was stored at this time or later: ISO 8601, or ${DURATION_FORM}, ago.`,
    schema: MOMENT,
  },
  Until: {
    name: "until",
    in: "query",
    description: "Only what was stored before this time.",
    schema: MOMENT,
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
