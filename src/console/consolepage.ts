/** The console as one file: carried by the executable, or made from source by the process that serves it. */

export interface ConsolePage {
  /** Complete but for the settings, which differ from server to server. */
  readonly html: string;
  readonly contentSecurityPolicy: string;
}

/** Its JSON, put in by src/build.ts, which makes it anew; there is none when running from source. */
declare const CONSOLE_PAGE: string | undefined;

let made: Promise<ConsolePage> | null = null;

/** What is served is made by the build or by this very process: a stale page cannot lie about. */
export function consolePage(): Promise<ConsolePage> {
  made ??= typeof CONSOLE_PAGE === "string" ? Promise.resolve(JSON.parse(CONSOLE_PAGE)) : fromSource();
  return made;
}

async function fromSource(): Promise<ConsolePage> {
  const { bundlePage } = await import("./bundle.ts");
  return bundlePage();
}
