/** What a server sent → what we make of it. It is input from outside: checked, and bounded by the parser before. */
import { CommandError } from "../errors.ts";
import type { Message } from "../message.ts";

const ALWAYS = ["message_id", "from", "to", "body", "received_at"] as const;

/** The fields of an event's data; none when it is no JSON object. */
export function readFields(data: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}

/** With whatever else a later server adds. Throws {@link CommandError}: what cannot be read must not be passed over. */
export function readMessage(data: string): Message {
  const fields = readFields(data);
  const missing = ALWAYS.filter((name) => typeof fields[name] !== "string");
  if (missing.length > 0)
    throw new CommandError(`the server sent a message that cannot be read: it has no ${missing.join(", ")}`);
  return fields as unknown as Message;
}

/** Throws {@link CommandError} for an id that could not be sent back in a header. */
export function readCursor(id: string): string {
  if (!/^[\x21-\x7e]{1,200}$/.test(id))
    throw new CommandError("the server sent an id that is not 1 to 200 printable characters");
  return id;
}

/** The account that `clientId` names, `sms-<account id>-…`; null when it names none. */
export function accountOf(clientId: unknown): number | null {
  const match = typeof clientId === "string" ? /^sms-([1-9]\d{0,14})-/.exec(clientId) : null;
  return match ? Number(match[1]) : null;
}
