/** Which Inlet this is: the version of package.json, the commit it was built from, and the database engine in it. */
import manifest from "../package.json" with { type: "json" };

/** Set by src/build.ts; there is none when running from source. */
declare const BUILD_COMMIT: string | undefined;
declare const BUILD_SQLITE: string | undefined;

export const VERSION: string = manifest.version;
export const COMMIT: string | null = typeof BUILD_COMMIT === "string" ? BUILD_COMMIT : null;
export const LIBSQL: string = manifest.dependencies.libsql;
/** The version of SQLite that libSQL is made of. The build asks it, so that nobody has to load it for this. */
export const SQLITE: string | null = typeof BUILD_SQLITE === "string" ? BUILD_SQLITE : null;
