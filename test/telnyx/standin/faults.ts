/** What can go wrong on the way to Telnyx and back: each makes an answer instead of the genuine one, or leaves it. */
export interface Asked {
  readonly method: string;
  /** Below `/v2`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  /** The JSON of it; null where it has none. */
  readonly body: unknown;
  /** From 1, of this path. */
  readonly count: number;
}

export type ApiError = (
  asked: Asked,
  genuine: () => Promise<Response>,
) => Response | Promise<Response> | null;

const json = (body: unknown, init?: ResponseInit) => Response.json(body, init);

/** The first `times` requests of a path that begins so. */
export function first(times: number, path: string, fault: ApiError): ApiError {
  let left = times;
  return (asked, genuine) => (asked.path.startsWith(path) && left-- > 0 ? fault(asked, genuine) : null);
}

export const answering =
  (body: unknown, init?: ResponseInit): ApiError =>
  () =>
    json(body, init);

/** Text as it is, with status 200. */
export const saying =
  (text: string, type = "text/html"): ApiError =>
  () =>
    new Response(text, { headers: { "content-type": type } });

export const failing =
  (status: number, detail = "no", headers: Record<string, string> = {}): ApiError =>
  () =>
    json({ errors: [{ code: "10011", title: "Error", detail }] }, { status, headers });

/** The headers never come. */
export const stalling: ApiError = () => new Promise<Response>(() => undefined);

/** The headers come, and a part of the body, and no more. */
export const stallingBody: ApiError = () => {
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode('{"data":[')),
  });
  return new Response(body, { headers: { "content-type": "application/json" } });
};

/** A page as another one is made of it. */
export const altering =
  (alter: (page: { data: Record<string, unknown>[]; meta: Record<string, unknown> }) => unknown): ApiError =>
  async (_, genuine) =>
    json(alter((await (await genuine()).json()) as Parameters<typeof alter>[0]));
