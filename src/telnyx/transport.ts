/**
 * One request to Telnyx: what came back, whatever it is, within a time that holds for all of it. The SDK's own deadline ends at the
 * headers, so that a body that stalls would be waited for for ever; and it adds headers of the environment.
 */
import { errorCode } from "../errors.ts";
import { VERSION } from "../version.ts";

/** What came back, or why nothing did: in words, without an address or a key. */
export type Answer =
  | { readonly status: number; readonly headers: Headers; readonly text: string }
  | { readonly failure: string };

export interface TransportOptions {
  readonly apiKey: string;
  readonly baseUrl: string;
  readonly signal: AbortSignal;
  /** For all of a request, its body included. */
  readonly deadlineMs: number;
}

/** Unpacked. A page of 250 deliveries has a megabyte, or some where many attempts failed. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** Never rejects. `init` is the SDK's: of its headers only the type of the body is sent. */
export async function exchange(options: TransportOptions, url: string, init: RequestInit): Promise<Answer> {
  const { apiKey, baseUrl, signal, deadlineMs } = options;
  if (new URL(url).origin !== new URL(baseUrl).origin)
    return { failure: "it would have gone to another server" };
  const abort = new AbortController();
  const stop = () => abort.abort();
  // Removed again: the signal lives as long as the service.
  signal.addEventListener("abort", stop, { once: true });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    abort.abort();
  }, deadlineMs);
  try {
    if (signal.aborted) return { failure: "it was given up" };
    const headers = new Headers({
      accept: "application/json",
      authorization: `Bearer ${apiKey}`,
      "user-agent": `inlet/${VERSION}`,
    });
    const type = new Headers(init.headers ?? undefined).get("content-type");
    if (type && init.body) headers.set("content-type", type);
    const response = await fetch(url, {
      method: init.method ?? "GET",
      headers,
      ...(init.body ? { body: init.body } : {}),
      // The key goes to the server that the operator named, and nowhere else.
      redirect: "manual",
      signal: abort.signal,
    });
    return { status: response.status, headers: response.headers, text: await readText(response) };
  } catch (error) {
    if (signal.aborted) return { failure: "it was given up" };
    if (isLate) return { failure: `it took longer than ${deadlineMs / 1000} s` };
    return { failure: errorCode(error) ?? (error instanceof TooLarge ? error.message : "no connection") };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    abort.abort(); // lets go of a body that was not read to its end
  }
}

class TooLarge extends Error {}

async function readText(response: Response): Promise<string> {
  // What is short and not packed needs no counting: the runtime reads it with a fraction of the memory.
  const declared = Number(response.headers.get("content-length") ?? Number.NaN);
  if (declared <= MAX_BODY_BYTES && !response.headers.has("content-encoding")) return response.text();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES)
      throw new TooLarge(`the answer has more than ${MAX_BODY_BYTES / 1024 / 1024} MiB`);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks, bytes));
}
