/** The page of the reference and its parts: Swagger UI, and what makes it ours. */
import libraryStyle from "swagger-ui-dist/swagger-ui.css" with { type: "file" };
import library from "swagger-ui-dist/swagger-ui-bundle.js" with { type: "file" };
import { Asset } from "../http/asset.ts";
import { pageHtml } from "./html.ts";
import style from "./page/docs.css" with { type: "text" };
import script from "./page/docs.js" with { type: "text" };

export interface Page {
  readonly html: Asset;
  /** By the name under `/docs/`, which has the hash of the content in it. */
  readonly parts: ReadonlyMap<string, Asset>;
}

/** Nothing but its own files, no frames around it, and requests to this server alone. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const TYPES = { js: "text/javascript; charset=utf-8", css: "text/css; charset=utf-8" } as const;
/** A year: another content has another name. */
const FOR_EVER = "public, max-age=31536000, immutable";

/** In the executable the library is compressed already, by src/build.ts. */
export async function preparePage(): Promise<Page> {
  const [libraryJs, libraryCss, docsJs, docsCss] = await Promise.all([
    part("library", "js", await Bun.file(library).bytes()),
    part("library", "css", await Bun.file(libraryStyle).bytes()),
    part("docs", "js", script),
    part("docs", "css", style),
  ]);
  const html = pageHtml({
    library: { js: libraryJs.name, css: libraryCss.name },
    docs: { js: docsJs.name, css: docsCss.name },
  });
  return {
    html: await Asset.of(html, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": CONTENT_SECURITY_POLICY,
      "cache-control": "no-cache",
    }),
    parts: new Map([libraryJs, libraryCss, docsJs, docsCss].map(({ name, content }) => [name, content])),
  };
}

async function part(stem: string, ending: keyof typeof TYPES, bytes: string | Uint8Array) {
  const headers = { "content-type": TYPES[ending], "cache-control": FOR_EVER };
  const content = await Asset.of(bytes, headers);
  return { name: `${stem}.${content.hash}.${ending}`, content };
}
