/** The clients that npm has, each set up as its own documentation says. */
import { EventSourcePolyfill } from "event-source-polyfill";
import { EventSource as EventSource5 } from "eventsource";
import { createEventSource } from "eventsource-client";
import EventSource2 from "eventsource2";
import { EventSource as LaunchDarkly } from "launchdarkly-eventsource";
// By its path: for the bare name Bun has a stand-in of its own, whose EventSource does nothing.
import { Agent, EventSource as Undici } from "undici/index.js";
import type { Follow, Seen } from "./contract.ts";

/** Above the heartbeat and below the stream's end: a client that missed heartbeats would cut the stream too early. */
const SILENCE_MS = 1_000;
const EVENTS = ["connected", "sms_received", "caught_up", "gap", "closing"];

interface Source {
  addEventListener(name: string, listener: (event: { data: string; lastEventId: string }) => void): unknown;
  onerror: unknown;
  close(): void;
}

export const eventsource2: Follow = (url, key, see) =>
  listen(new EventSource2(url, { headers: { Authorization: `Bearer ${key}` } }), see);

export const eventsource5: Follow = (url, key, see) =>
  listen(
    new EventSource5(url, {
      fetch: (input, init) =>
        fetch(input, { ...init, headers: { ...init.headers, Authorization: `Bearer ${key}` } }),
    }),
    see,
  );

export const launchDarkly: Follow = (url, key, see) =>
  listen(
    new LaunchDarkly(url, { headers: { Authorization: `Bearer ${key}` }, readTimeoutMillis: SILENCE_MS }),
    see,
  );

export const polyfill: Follow = (url, key, see) =>
  listen(
    new EventSourcePolyfill(url, {
      headers: { Authorization: `Bearer ${key}` },
      heartbeatTimeout: SILENCE_MS,
    }),
    see,
  );

/** It takes no headers; its dispatcher adds them. */
export const undici: Follow = (url, key, see) => {
  const dispatcher = new Agent().compose((dispatch) => (options, handler) => {
    const headers = { ...(options.headers as Record<string, string>), authorization: `Bearer ${key}` };
    return dispatch({ ...options, headers }, handler);
  });
  return listen(new Undici(url, { node: { dispatcher } }), see);
};

export const eventsourceClient: Follow = (url, key, see) => {
  const source = createEventSource({
    url,
    headers: { Authorization: `Bearer ${key}` },
    onMessage: ({ event = "message", data }) => see(seen(event, source.lastEventId ?? "", data)),
  });
  return () => source.close();
};

function listen(source: Source, see: (seen: Seen) => void): () => void {
  for (const name of EVENTS)
    source.addEventListener(name, ({ data, lastEventId }) => see(seen(name, lastEventId, data)));
  // The published example has one, and the Node clients throw without.
  source.onerror = () => undefined;
  return () => source.close();
}

function seen(event: string, id: string, data: string): Seen {
  return { event, id, data: JSON.parse(data) as Record<string, unknown> };
}
