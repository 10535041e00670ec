/** What Telnyx sends, and what it would never send: read, or refused by a reason, and always well-formed. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { toInsertRow } from "../../src/messages/row.ts";
import { parseEvent } from "../../src/telnyx/event.ts";
import { smsEvent } from "../harness/telnyx.ts";
import { type Target, within } from "./target.ts";

const PAYLOADS = join(import.meta.dir, "../payloads");

export const bodies = [
  ...readdirSync(PAYLOADS)
    .filter((name) => /^\d.*\.json$/.test(name))
    .map((name) => readFileSync(join(PAYLOADS, name), "utf8")),
  JSON.stringify(smsEvent("+14155559999", "Hello!")),
];

export const events: Target = {
  name: "events",
  corpus: bodies,
  try: (input) => {
    let json: unknown;
    try {
      json = JSON.parse(input);
    } catch {
      return null; // refused before it comes here
    }
    let fault: string | null = null;
    const raw = new TextEncoder().encode(input);
    const read = () => {
      const parsed = parseEvent(json, raw, 0);
      if (parsed.kind !== "messages") return;
      for (const inbound of parsed.messages) {
        const row = toInsertRow(inbound);
        if (!isWellFormed(JSON.parse(row))) fault = "it is not well-formed";
        if (Number.isNaN(Date.parse(inbound.message.received_at))) fault = "its time is none";
      }
    };
    return within(read, () => false) ?? fault;
  },
};

function isWellFormed(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed() && !value.includes("\0");
  return !Array.isArray(value) || value.every(isWellFormed);
}
