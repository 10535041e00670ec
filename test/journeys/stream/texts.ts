/** Texts that are sent through the webhook: a few in order, or many at once. */
import type { Server, Tenant } from "../../harness/server.ts";
import type { Received } from "../../harness/stream.ts";
import { deliver, smsEvent } from "../../harness/telnyx.ts";

const CONNECTIONS = 32;

/** One after the other. */
export async function send(server: Server, { number }: Tenant, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) await deliver(server.url, server.telnyx, smsEvent(number, text));
}

/** Over several connections, as Telnyx does it, so in no particular order. Resolves when all are stored. */
export async function pour(server: Server, { number }: Tenant, texts: readonly string[]): Promise<void> {
  const left = [...texts].reverse();
  const connection = async () => {
    for (let text = left.pop(); text !== undefined; text = left.pop()) {
      await deliver(server.url, server.telnyx, smsEvent(number, text));
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
}

/** `count` different texts of at least `length` characters. */
export function texts(count: number, length = 0): string[] {
  return Array.from({ length: count }, (_, i) => `text ${i} `.padEnd(length, "~"));
}

/** How what was received differs from what was sent, in whatever order. */
export function difference(received: readonly string[], sent: readonly string[]) {
  const seen = new Set(received);
  const known = new Set(sent);
  return {
    lost: sent.filter((text) => !seen.has(text)).length,
    doubled: received.length - seen.size,
    strange: received.filter((text) => !known.has(text)).length,
  };
}

export const NO_DIFFERENCE = { lost: 0, doubled: 0, strange: 0 };

/** The seq of each event that carries an id, in the order of arrival. */
export function positions(events: readonly Received[]): number[] {
  return events.flatMap(({ id }) => (id === undefined ? [] : [Number(id.split("-")[1])]));
}
