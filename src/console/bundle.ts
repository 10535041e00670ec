/**
 * Makes the console one file: its script and style inlined, and a policy that lets nothing else run. Used by
 * src/build.ts, and at the first request when running from source; the executable carries what it made.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { ConsolePage } from "./consolepage.ts";
import { SETTINGS } from "./settings.ts";

const FOLDER = join(import.meta.dir, "page");

/** Throws when the page cannot be made. */
export async function bundlePage(folder = FOLDER): Promise<ConsolePage> {
  const [template, script, style] = await Promise.all([
    Bun.file(join(folder, "page.html")).text(),
    bundle(join(folder, "main.ts")),
    bundle(join(folder, "style.css")),
  ]);
  let html = filled(template, SETTINGS, SETTINGS);
  html = filled(html, "<style></style>", `<style>${style}</style>`);
  html = filled(html, "></script>", `>${script}</script>`);
  return { html, contentSecurityPolicy: policy(script, style) };
}

/** Throws unless the place is there exactly once. */
function filled(html: string, place: string, content: string): string {
  if (html.split(place).length !== 2) throw new Error(`the page must hold ${place} exactly once`);
  return html.replace(place, () => content); // a replacement string would have a meaning for `$&`
}

async function bundle(entrypoint: string): Promise<string> {
  const { outputs } = await Bun.build({ entrypoints: [entrypoint], target: "browser", minify: true });
  const [output] = outputs;
  if (!output || outputs.length !== 1) throw new Error(`${entrypoint} became ${outputs.length} files`);
  const text = (await output.text()).trim();
  // Either would end the element that it stands in, or turn what follows into a comment.
  if (/<\/(script|style)|<!--/i.test(text)) throw new Error(`${entrypoint} cannot be written into HTML`);
  return text;
}

function policy(script: string, style: string): string {
  return [
    "default-src 'none'",
    `script-src '${digest(script)}'`,
    `style-src '${digest(style)}'`,
    "connect-src 'self'",
    // Pictures that were asked for, from the memory of the tab: no address of a server is among them.
    "img-src data: blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    // No text ever becomes markup: the browser itself refuses innerHTML and its like.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}

function digest(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
