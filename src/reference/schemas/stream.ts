/** What the stream sends: every event, with its data. */
import { CLOSING_REASONS, GAP_REASONS, MAX_RETRY_MS } from "../../stream/sse.ts";
import { object, type Reference, ref, type Schema, type Schemas } from "../openapi.ts";

interface StreamEvent {
  readonly description: string;
  /** Null where the event has none, so that what a client resumes from is not changed by it. */
  readonly id: string | null;
  readonly data: Reference;
}

const data = (name: string) => ref("schemas", name);

/** By name, in the order in which a client may meet them. */
export const EVENTS: Readonly<Record<string, StreamEvent>> = {
  connected: {
    description: "The first event.",
    id: "The position the stream starts from: the newest one for a fresh client, the client's own cursor on a resume.",
    data: data("Connected"),
  },
  gap: {
    description: "Right after `connected`, when the cursor cannot be honoured.",
    id: null,
    data: data("Gap"),
  },
  sms_received: { description: "A message.", id: "The message's position.", data: data("Message") },
  caught_up: {
    description:
      "After a resume, or a start in the past: everything stored has been sent, from here on it is live.",
    id: "The newest position.",
    data: data("CaughtUp"),
  },
  closing: {
    description: "The last event. A `retry:` with the same wait stands before it.",
    id: null,
    data: data("Closing"),
  },
};

function eventSchema([name, { description, id, data }]: [string, StreamEvent]): Schema {
  return object(description, {
    event: { const: name },
    ...(id === null ? {} : { id: { ...ref("schemas", "Cursor"), description: id } }),
    data,
  });
}

export const STREAM: Schemas = {
  StreamEvent: {
    description:
      "One event of the stream, after its text has been parsed as the WHATWG's standard says and its `data` as JSON.",
    oneOf: Object.entries(EVENTS).map(eventSchema),
  },
  Connected: object("The data of `connected`: exactly these two fields.", {
    clientId: {
      type: "string",
      description: "Names this connection in both sides' logs: `sms-<account id>-<timestamp>-<7 of a-z0-9>`.",
      pattern: "^sms-[1-9][0-9]*-[0-9]+-[a-z0-9]{7}$",
      examples: ["sms-42-1716000000000-abc1234"],
    },
    timestamp: ref("schemas", "Milliseconds"),
  }),
  Gap: object("The data of `gap`.", {
    reason: {
      type: "string",
      enum: [...GAP_REASONS],
      description:
        "`unknown_cursor`: unreadable, or of another database. `ahead`: a position that the database never reached. Both go on live from the newest position. `expired`: retention has removed something after it; everything kept is replayed.",
    },
    oldest: {
      oneOf: [ref("schemas", "Cursor"), { type: "null" }],
      description: "The cursor from which a resume replays everything kept.",
    },
  }),
  CaughtUp: object("The data of `caught_up`.", { timestamp: ref("schemas", "Milliseconds") }),
  Closing: object("The data of `closing`.", {
    reason: {
      type: "string",
      enum: [...CLOSING_REASONS],
      description:
        "`max_duration`: the usual end, come back. `shutdown`, `overloaded`: come back after the wait. `revoked`, `expired`: the key or the ticket is no longer valid.",
    },
    retry_ms: {
      type: "integer",
      minimum: 0,
      maximum: MAX_RETRY_MS,
      description: "How long to wait before coming back.",
    },
  }),
};

/** What a client that resumes may read, heartbeat included. */
export const STREAM_EXAMPLE = `retry: 2000
id: k3f9-1041
event: connected
data: {"clientId":"sms-42-1716000000000-abc1234","timestamp":1716000000000}

id: k3f9-1042
event: sms_received
data: {"message_id":"msg_1eeeec91d31b101b30f69782794e5cec","from":"+14155551234","to":"+14155559999","body":"Hello!","received_at":"2026-05-22T18:30:00.000Z"}

id: k3f9-1042
event: caught_up
data: {"timestamp":1716000000120}

: heartbeat

retry: 1312
event: closing
data: {"reason":"max_duration","retry_ms":1312}

`;
