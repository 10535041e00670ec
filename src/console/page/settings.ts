/** What the server wrote into the page about itself. */
import type { ConsoleSettings } from "../settings.ts";
import { fields, parsed } from "./message.ts";

const USUAL_HEARTBEAT_MS = 30_000;

export function readSettings(): ConsoleSettings {
  const written = document.querySelector<HTMLMetaElement>("meta[name=inlet-settings]")?.content ?? "";
  const { heartbeatMs, demoNumber } = fields(parsed(written));
  return {
    heartbeatMs: typeof heartbeatMs === "number" && heartbeatMs > 0 ? heartbeatMs : USUAL_HEARTBEAT_MS,
    demoNumber: typeof demoNumber === "string" ? demoNumber : null,
  };
}
