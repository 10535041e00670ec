/** What the page must know of the server that it came from, written into it as JSON in an attribute. */

export interface ConsoleSettings {
  readonly heartbeatMs: number;
  /** The number to which the page may send a message to itself: in `inlet demo` only. */
  readonly demoNumber: string | null;
}

/** Stands in the page, exactly once, where the settings go. */
export const SETTINGS = "{{settings}}";

export function withSettings(html: string, settings: ConsoleSettings): string {
  const json = JSON.stringify(settings)
    .replaceAll("&", "&amp;")
    .replaceAll('"', "&quot;")
    .replaceAll("<", "&lt;");
  return html.replace(SETTINGS, () => json);
}
