/** Everything that knows Telnyx, wired: what the service hands webhooks to, and what looks for those that never came. */
import type { KeyObject } from "node:crypto";
import type { Config } from "../config/config.ts";
import type { Database } from "../database/open.ts";
import type { Writer } from "../messages/writer.ts";
import { Arrivals } from "./arrivals.ts";
import { CanaryGate } from "./canarygate.ts";
import { Rounds } from "./recovery/rounds.ts";
import { telnyxPublicKey } from "./signature.ts";
import { UnreadableEvents } from "./unreadable.ts";
import { Verifier } from "./verifier.ts";
import type { WebhookDeps } from "./webhook.ts";

export interface TelnyxOptions {
  readonly database: Database;
  readonly writer: Writer;
  /** Trusted besides Telnyx's keys. */
  readonly developmentKey: KeyObject | undefined;
  /** Whether missed webhooks are looked for at once. */
  readonly looksAtStart: boolean;
  readonly now: () => number;
}

export function openTelnyx(
  config: Config,
  { database, writer, developmentKey, looksAtStart, now }: TelnyxOptions,
): { readonly webhook: WebhookDeps; readonly rounds: Rounds } {
  const unreadable = new UnreadableEvents(database.write);
  const rounds = new Rounds(config, { database, writer, unreadable, now }, looksAtStart);
  const verifier = new Verifier([
    ...config.telnyxPublicKeys.map(telnyxPublicKey),
    ...(developmentKey ? [developmentKey] : []),
  ]);
  const canaries = new CanaryGate(database.read, verifier);
  const webhook = { verifier, canaries, writer, unreadable, arrivals: new Arrivals(), now };
  return { webhook, rounds };
}
