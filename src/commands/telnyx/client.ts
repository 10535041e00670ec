/** How a command asks Telnyx: whoever waits is told why, once for each reason. */
import type { TelnyxApiConfig } from "../../config/telnyx.ts";
import { TelnyxClient } from "../../telnyx/client.ts";
import { escaped, note } from "../output.ts";

/** `say` gets a sentence that is not escaped yet. */
export function telnyxClient(
  access: TelnyxApiConfig,
  signal: AbortSignal = new AbortController().signal,
  say: (text: string) => void = (text) => note(escaped(text)),
): TelnyxClient {
  let said = "";
  return new TelnyxClient(access, {
    signal,
    onRetry: ({ message }, waitMs) => {
      if (message === said) return;
      said = message;
      say(`${message}; trying again in ${Math.ceil(waitMs / 1000)} s`);
    },
  });
}
