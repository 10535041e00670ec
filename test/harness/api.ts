/** A client of the JSON API. */

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** As it came. */
  readonly text: string;
  readonly data: Record<string, unknown>[] & Record<string, unknown>;
  readonly meta: {
    readonly cursor: string | null;
    readonly page_size: number;
    readonly position: string;
  };
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly fields?: Record<string, string>;
  };
}

/** Asks for a path below `/api/v1`, with a key or without. */
export async function api(
  url: string,
  key: string | null,
  path: string,
  init: RequestInit = {},
): Promise<Answered> {
  const headers = new Headers(init.headers);
  if (key !== null) headers.set("authorization", `Bearer ${key}`);
  const response = await fetch(`${url}/api/v1${path}`, { ...init, headers });
  const text = await response.text();
  const body = (text === "" ? {} : JSON.parse(text)) as Omit<Answered, "status" | "headers" | "text">;
  return { ...body, status: response.status, headers: response.headers, text };
}

/** Follows `meta.cursor` to the end, and resolves to all pages. */
export async function allPages(
  url: string,
  key: string,
  path: string,
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Answered[]> {
  const pages: Answered[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const more = cursor ? `${path.includes("?") ? "&" : "?"}cursor=${cursor}` : "";
    const page = await api(url, key, path + more);
    if (page.status !== 200) throw new Error(`${path}${more} was answered ${page.status}: ${page.text}`);
    pages.push(page);
    cursor = page.meta.cursor;
    if (cursor !== null) await between();
  }
  return pages;
}

/** The texts of a page's messages. */
export function bodiesOf(...pages: readonly Answered[]): unknown[] {
  return pages.flatMap(({ data }) => data.map(({ body }) => body));
}
