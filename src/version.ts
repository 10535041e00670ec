/** Which Inlet this is: the version of package.json, and the commit it was built from. */
import manifest from "../package.json" with { type: "json" };

/** Set by src/build.ts; there is none when running from source. */
declare const BUILD_COMMIT: string | undefined;

export const VERSION: string = manifest.version;
export const COMMIT: string | null = typeof BUILD_COMMIT === "string" ? BUILD_COMMIT : null;
