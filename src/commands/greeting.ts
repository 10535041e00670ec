/** What `serve` says to somebody who started it by hand: where everything is, and what is missing. */
import type { Config } from "../config/config.ts";
import { reachableUrl } from "../config/network.ts";
import type { Database } from "../database/open.ts";
import { redactedUrl } from "../database/url.ts";
import { activeNumber } from "../directory/numbers.ts";
import { hasKey } from "../keys/store.ts";
import { VERSION } from "../version.ts";

/** What is missing, and the command that mends it. */
export interface Lack {
  readonly what: string;
  readonly mend: string;
}

export interface Greeted {
  readonly url: string;
  readonly isDevelopment: boolean;
  readonly number: string | null;
  readonly lacks: readonly Lack[];
}

/** Of a service that has just begun to listen. */
export async function lookAround(
  config: Config,
  database: Database,
  isDevelopment: boolean,
): Promise<Pick<Greeted, "number" | "lacks">> {
  const number = await activeNumber(database);
  const lacks: Lack[] = [];
  if (number === null)
    lacks.push({ what: "There is no number yet", mend: "inlet init --name Support --number +1…" });
  else if (!(await hasKey(database, Date.now())))
    lacks.push({
      what: "There is no key that works",
      mend: "inlet keys create --account ID --scope sms:read",
    });
  if (!isDevelopment && config.telnyxPublicKeys.length === 0)
    lacks.push({
      what: "TELNYX_PUBLIC_KEY is not set, so webhooks are answered 503",
      mend: "set it (inlet help telnyx), or try without Telnyx: inlet serve --development",
    });
  return { number, lacks };
}

export function greeting(config: Config, { url, isDevelopment, number, lacks }: Greeted): string {
  const local = reachableUrl(url);
  const outside = config.publicUrl ?? local;
  const places = [
    ["Console", `${outside}/`],
    ["Manual", `${outside}/docs/manual`],
    ["API reference", `${outside}/docs`],
    ["Webhook", `${outside}/webhooks/telnyx`],
    ["Database", redactedUrl(config.database.url)],
  ];
  const lines = places.map(([name = "", value]) => `  ${name.padEnd(15)}${value}`);
  const missing = lacks.map(({ what, mend }) => `  ${what}:\n    ${mend}`);
  const trial =
    isDevelopment && number !== null
      ? ["", "  Send yourself a text:", `    inlet simulate --to ${number}`]
      : [];
  return [
    `Inlet ${VERSION} listens on ${url}`,
    "",
    ...lines,
    ...(missing.length > 0 ? ["", ...missing] : []),
    ...trial,
    "",
    "  inlet doctor says what is wrong with an installation, and how to mend it.",
    "",
  ].join("\n");
}
