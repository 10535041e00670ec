/** `GET /`: the console, under a policy by which nothing but its own script runs. Made at the first request for it. */
import { Asset } from "../http/asset.ts";
import { consolePage } from "./consolepage.ts";
import { type ConsoleSettings, withSettings } from "./settings.ts";

export class Console {
  readonly #settings: ConsoleSettings;
  #page: Promise<Asset> | null = null;

  constructor(settings: ConsoleSettings) {
    this.#settings = settings;
  }

  async page(request: Request): Promise<Response> {
    this.#page ??= prepare(this.#settings);
    return (await this.#page).answer(request);
  }
}

async function prepare(settings: ConsoleSettings): Promise<Asset> {
  const { html, contentSecurityPolicy } = await consolePage();
  return Asset.of(withSettings(html, settings), {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": contentSecurityPolicy,
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    // Asked for each time, and sent when it has changed: after an update nobody works with yesterday's page.
    "cache-control": "no-cache",
  });
}
