/**
 * `GET /docs/manual` and `GET /docs/CHAPTER`: the manual, with nothing loaded from elsewhere and no script. Each page is
 * made, and its text loaded, at the first request for it.
 */
import { ApiError } from "../errors.ts";
import { Asset } from "../http/asset.ts";
import { pathOf } from "../http/url.ts";
import type { DescribeCommands } from "./chapters.ts";
import { CONTENTS } from "./contents.ts";
import { chapterHtml, contentsHtml } from "./html.ts";
import style from "./page/manual.css" with { type: "text" };

const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** The page of all chapters. */
const ALL = "manual";
/** A year: another content has another name. */
const FOR_EVER = "public, max-age=31536000, immutable";

export class Manual {
  readonly #describeCommands: DescribeCommands;
  /** By the name under `/docs/`: as many as there are chapters. */
  readonly #pages = new Map<string, Promise<Asset>>();
  #style: Promise<{ readonly name: string; readonly content: Asset }> | null = null;

  constructor(describeCommands: DescribeCommands) {
    this.#describeCommands = describeCommands;
  }

  /** Whether it has a page or a part of this name. */
  static has(name: string): boolean {
    return name === ALL || name.startsWith("manual.") || CONTENTS.some((entry) => entry.name === name);
  }

  /** Throws the fault `not_found` for a part of an earlier version. */
  async page(name: string, request: Request): Promise<Response> {
    this.#style ??= prepareStyle();
    const { name: styleName, content } = await this.#style;
    if (name === styleName) return content.answer(request);
    const entry = CONTENTS.find((each) => each.name === name);
    if (!entry && name !== ALL) throw new ApiError("not_found", "Not found.");
    // Its links lead to its neighbours: with a slash at the end they would be looked for one level too deep.
    if (pathOf(request).endsWith("/"))
      return new Response(null, { status: 308, headers: { location: `../${name}` } });
    let page = this.#pages.get(name);
    if (!page) {
      page = this.#prepare(entry ?? null, styleName);
      this.#pages.set(name, page);
    }
    return (await page).answer(request);
  }

  async #prepare(entry: (typeof CONTENTS)[number] | null, styleName: string): Promise<Asset> {
    if (!entry) return htmlAsset(contentsHtml(styleName));
    const { chapterText } = await import("./chapters.ts");
    return htmlAsset(chapterHtml(entry, chapterText(entry.name, this.#describeCommands), styleName));
  }
}

function htmlAsset(html: string): Promise<Asset> {
  return Asset.of(html, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "cache-control": "no-cache",
  });
}

async function prepareStyle() {
  const headers = { "content-type": "text/css; charset=utf-8", "cache-control": FOR_EVER };
  const content = await Asset.of(style, headers);
  return { name: `manual.${content.hash}.css`, content };
}
