/** How often this process has refused something because there was too much of it, by the bound that was met. */
import { Tally } from "./tally.ts";

export const limitHits = new Tally([
  "streams",
  "streams_per_key",
  "streams_per_ticket",
  "stream_openings",
  "history_requests",
  "tickets",
  "authentications",
  "bodies",
  "answers",
  "unstored_messages",
]);
