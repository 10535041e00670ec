/** Replays, from both places where they come from. */
import { expect } from "bun:test";
import { type Server, startServer } from "../../harness/server.ts";
import { connect, type Received, type StreamOptions } from "../../harness/stream.ts";

/**
 * The texts that a stream opened so is sent before it has caught up: by the server that announced them, which has
 * them in memory, and the same by a server that has just started on the same database, and must read them.
 */
export async function replayed(server: Server, options: StreamOptions): Promise<unknown[]> {
  const fresh = await startServer({ folder: server.folder, telnyx: server.telnyx });
  const fromMemory = await replayedBy(server, options);
  const fromStore = await replayedBy(fresh, options);
  await fresh.kill();
  expect(fromStore.map(essence)).toEqual(fromMemory.map(essence));
  return fromStore.filter(({ event }) => event === "sms_received").map(({ data }) => data.body);
}

/** What one server sends until it has caught up. */
export async function replayedBy(server: Server, options: StreamOptions): Promise<readonly Received[]> {
  const client = await connect(server.url, options);
  await client.event("caught_up");
  client.close();
  return client.events;
}

/** Everything but when it was sent, and to which connection. */
function essence({ id, event, data }: Received): string {
  return `${id} ${event} ${event === "sms_received" ? JSON.stringify(data) : ""}`;
}
