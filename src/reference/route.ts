/**
 * `GET /openapi.json`, and `GET /docs`, which shows it: with nothing loaded from elsewhere, and under headers that
 * would not allow it. All of it is made at the first request for it.
 */
import { ApiError } from "../errors.ts";
import { Asset } from "../http/asset.ts";
import { pathOf } from "../http/url.ts";
import { VERSION } from "../version.ts";
import { openApiDocument } from "./document.ts";
import { type Page, preparePage } from "./page.ts";

export class Reference {
  readonly #publicUrl: string | null;
  #document: Promise<Asset> | null = null;
  #page: Promise<Page> | null = null;

  /** `publicUrl` is what the server is reached by from outside; null when nobody said. */
  constructor(publicUrl: string | null) {
    this.#publicUrl = publicUrl;
  }

  async document(request: Request): Promise<Response> {
    this.#document ??= this.#prepareDocument();
    return (await this.#document).answer(request);
  }

  async page(request: Request): Promise<Response> {
    // Its parts lie beside it: with a slash at the end they would be looked for one level too deep.
    if (pathOf(request).endsWith("/"))
      return new Response(null, { status: 308, headers: { location: "../docs" } });
    this.#page ??= preparePage();
    return (await this.#page).html.answer(request);
  }

  /** A part of the page. Throws the fault `not_found` for any other name, that of an earlier version too. */
  async part(name: string, request: Request): Promise<Response> {
    this.#page ??= preparePage();
    const part = (await this.#page).parts.get(name);
    if (!part) throw new ApiError("not_found", "Not found.");
    return part.answer(request);
  }

  #prepareDocument(): Promise<Asset> {
    const document = openApiDocument({ version: VERSION, publicUrl: this.#publicUrl });
    const headers = { "content-type": "application/json", "cache-control": "no-cache" };
    return Asset.of(JSON.stringify(document), headers);
  }
}
