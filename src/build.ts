/**
 * Makes the executable, dist/inlet, for this machine's processor, or for another: `--arch arm64 --outfile FILE`, with
 * `--native FILE`, libSQL's native part for it. Like src/release it is not in the executable.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { constants, gzipSync } from "node:zlib";
import { $, type BunPlugin } from "bun";
import { bundlePage } from "./console/bundle.ts";

/**
 * libSQL's native part is required by a computed name, which a bundler cannot follow, and the runtime would unpack it
 * where others may write: it is carried as a file like others, and loaded by src/database/native.ts.
 */
const NATIVE = { x64: "linux-x64-gnu", arm64: "linux-arm64-gnu" } as const;

const { values: asked } = parseArgs({
  options: { arch: { type: "string" }, outfile: { type: "string" }, native: { type: "string" } },
});
const arch = asked.arch ?? process.arch;
if (process.platform !== "linux" || (arch !== "x64" && arch !== "arm64")) {
  throw new Error(
    `the executable is built on Linux, for x64 or arm64, and this is ${process.platform} ${arch}`,
  );
}
const native = asked.native ?? `@libsql/${NATIVE[arch]}/index.node`;

const literalNative: BunPlugin = {
  name: "libsql-native",
  setup(build) {
    build.onLoad({ filter: /node_modules\/libsql\/(index|promise)\.js$/ }, async ({ path }) => {
      const source = await Bun.file(path).text();
      const contents = source.replace(
        /require\(`@libsql\/\$\{target\}`\)/,
        `require(${JSON.stringify(join(import.meta.dir, "database/native.ts"))}).loadNative(require(${JSON.stringify(native)}))`,
      );
      // Where it was built is nobody's business.
      if (contents === source) throw new Error(`${path} no longer requires its native part as expected`);
      return { contents: contents.replaceAll("__dirname", '"."'), loader: "js" };
    });
    build.onLoad({ filter: /\/index\.node$/ }, async ({ path }) => ({
      contents: await Bun.file(path).bytes(),
      loader: "file",
    }));
  },
};

/** The reference's library is large, and every browser takes it compressed: it is carried, and served, like that. */
const compressedLibrary: BunPlugin = {
  name: "compressed-library",
  setup(build) {
    build.onLoad({ filter: /node_modules\/swagger-ui-dist\/[^/]+\.(js|css)$/ }, async ({ path }) => ({
      contents: gzipSync(await Bun.file(path).bytes(), { level: constants.Z_BEST_COMPRESSION }),
      loader: "file",
    }));
  },
};

const commit =
  process.env.INLET_COMMIT ?? (await $`git rev-parse --short=12 HEAD`.nothrow().quiet().text()).trim();

async function sqliteVersion(): Promise<string> {
  const { default: Libsql } = await import("libsql");
  const row = new Libsql(":memory:").prepare("SELECT sqlite_version() AS version").get(undefined);
  return (row as { version: string }).version;
}

const { success, logs } = await Bun.build({
  entrypoints: ["src/main.ts", "src/database/threadmain.ts"],
  target: "bun",
  // What is imported on use is read on use: Telnyx's SDK, a megabyte that only recovery needs.
  splitting: true,
  plugins: [literalNative, compressedLibrary],
  define: {
    BUILD_COMMIT: JSON.stringify(commit || "unknown"),
    BUILD_SQLITE: JSON.stringify(await sqliteVersion()),
    CONSOLE_PAGE: JSON.stringify(JSON.stringify(await bundlePage())),
  },
  // Not identifiers: Elysia reads the source of handlers to see what they use, and would skip validation.
  minify: { whitespace: true, syntax: true, identifiers: false },
  sourcemap: "linked",
  compile: {
    target: `bun-linux-${arch}`,
    outfile: asked.outfile ?? "dist/inlet",
    assets: ["drizzle"],
    // A .env or bunfig.toml that happens to lie in the working directory is not trusted.
    autoloadDotenv: false,
    autoloadBunfig: false,
  },
});
if (!success) throw new AggregateError(logs, "the build failed");
