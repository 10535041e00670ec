/** The values that occur all over the interface: numbers, times, cursors, ids. */
import { CURSOR } from "../../values/cursor.ts";
import type { Schemas } from "../openapi.ts";

export const VALUES: Schemas = {
  PhoneNumber: {
    type: "string",
    description: "E.164, or a short code of 5 or 6 digits.",
    pattern: String.raw`^(\+[1-9][0-9]{4,14}|[0-9]{5,6})$`,
    examples: ["+14155559999", "72345"],
  },
  Time: {
    type: "string",
    format: "date-time",
    description: "ISO 8601, UTC, with milliseconds.",
    pattern: String.raw`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$`,
    examples: ["2026-05-22T18:30:00.000Z"],
  },
  Milliseconds: {
    type: "integer",
    description: "Milliseconds since 1970, UTC.",
    minimum: 0,
    examples: [1716000000000],
  },
  Cursor: {
    type: "string",
    description:
      "A position in the stream. Opaque: keep it and hand it back. It follows the order in which messages were stored, has holes, and holds in one installation only.",
    pattern: CURSOR.source,
    examples: ["k3f9-1042"],
  },
};
