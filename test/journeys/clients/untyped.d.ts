/** The little that we use of the clients that come without types. */

interface Listening {
  addEventListener(name: string, listener: (event: MessageEvent<string>) => void): void;
  onerror: unknown;
  close(): void;
}

declare module "eventsource2" {
  const EventSource: new (url: string, options: { headers: Record<string, string> }) => Listening;
  export = EventSource;
}

declare module "launchdarkly-eventsource" {
  export const EventSource: new (
    url: string,
    options: { headers: Record<string, string>; readTimeoutMillis: number },
  ) => Listening;
}

declare module "event-source-polyfill" {
  export const EventSourcePolyfill: new (
    url: string,
    options: { headers: Record<string, string>; heartbeatTimeout: number },
  ) => Listening;
}
