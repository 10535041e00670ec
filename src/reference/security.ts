/** How a request shows who it comes from. */
import type { Scope } from "../keys/key.ts";
import type { Security, SecurityScheme } from "./openapi.ts";

export const SECURITY_SCHEMES: Readonly<Record<string, SecurityScheme>> = {
  apiKey: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "inlet_ and 38 letters or digits",
    description:
      "`Authorization: Bearer KEY`, with a key from `inlet keys create`. Never in an address. What a key may do are its scopes, which each operation names.",
  },
  metricsToken: {
    type: "http",
    scheme: "bearer",
    description: "`Authorization: Bearer TOKEN`, with what `METRICS_TOKEN` holds.",
  },
  ticket: {
    type: "apiKey",
    in: "query",
    name: "ticket",
    description:
      "A short-lived ticket, for a browser's own `EventSource`, which cannot send headers. It opens only the stream. With a key besides it, the key decides.",
  },
  telnyxSignature: {
    type: "apiKey",
    in: "header",
    name: "Telnyx-Signature-Ed25519",
    description: "Base64 of Telnyx's Ed25519 signature over `timestamp|raw body`.",
  },
  telnyxTimestamp: {
    type: "apiKey",
    in: "header",
    name: "Telnyx-Timestamp",
    description: "When Telnyx signed it, in seconds since 1970. Five minutes off is too much.",
  },
};

/** A key with this scope; without one, any key. */
export function keyWith(...scopes: readonly Scope[]): Security {
  return [{ apiKey: [...scopes] }];
}

export const TICKET: Security = [{ ticket: [] }];
export const TELNYX: Security = [{ telnyxSignature: [], telnyxTimestamp: [] }];
export const METRICS: Security = [{ metricsToken: [] }];
export const NOBODY: Security = [];
