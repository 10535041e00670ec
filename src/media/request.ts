/**
 * One picture from its link: every hop judged before it is asked, and asked at the very address that was judged, so that
 * a name which resolves anew leads nowhere else. The API key goes to Telnyx's own hosts alone, and only when they want it.
 */
import { bodyOf } from "./body.ts";
import type { Patience } from "./patience.ts";
import { Refusal } from "./refusal.ts";
import type { Target, Targets } from "./target.ts";

const MAX_REDIRECTS = 5;

export type Ask = (url: string, init: BunFetchRequestInit) => Promise<Response>;

export interface RequestDeps {
  readonly targets: Targets;
  readonly apiKey: string | null;
  readonly maxBytes: number;
  readonly ask: Ask;
}

export interface Had {
  readonly host: string;
  readonly bytes: AsyncGenerator<Uint8Array>;
}

/** Throws {@link Refusal}, and what the network throws. The bytes must be read to their end, or the patience aborted. */
export async function requestPicture(deps: RequestDeps, link: string, patience: Patience): Promise<Had> {
  const { response, target } = await follow(deps, link, patience, null);
  if (![401, 403].includes(response.status)) return had(deps, response, target, patience);
  await discard(response);
  if (!target.mayHaveKey || deps.apiKey === null) throw unauthorized(target);
  const again = await follow(deps, link, patience, deps.apiKey);
  return had(deps, again.response, again.target, patience);
}

/** To the first answer that is no redirect. */
async function follow(
  { targets, ask }: RequestDeps,
  link: string,
  patience: Patience,
  key: string | null,
): Promise<{ response: Response; target: Target }> {
  let target = await patience.for(targets.judge(link));
  for (let hops = 0; ; hops++) {
    patience.renew();
    patience.host = target.host;
    const response = await ask(...requestTo(target, key, patience.signal));
    const location = response.headers.get("location");
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null)
      return { response, target };
    await discard(response);
    const { host } = target;
    if (hops === MAX_REDIRECTS)
      throw new Refusal("too_many_redirects", `it leads on more than ${MAX_REDIRECTS} times`, { host });
    target = await patience.for(targets.judge(location, target.url));
  }
}

function requestTo({ url, host, address, mayHaveKey }: Target, key: string | null, signal: AbortSignal) {
  const at = new URL(url);
  if (address !== null) at.hostname = address.includes(":") ? `[${address}]` : address;
  at.hash = "";
  const headers = {
    accept: "*/*",
    "accept-encoding": "identity",
    "user-agent": "Inlet",
    ...(address === null ? {} : { host }),
    ...(mayHaveKey && key !== null ? { authorization: `Bearer ${key}` } : {}),
  };
  const init: BunFetchRequestInit = {
    headers,
    signal,
    redirect: "manual",
    // A connection is the address's, and kept under that name: another host's must not be taken for this one's.
    keepalive: false,
    decompress: false,
    ...(address === null ? {} : { tls: { serverName: host } as never }),
  };
  return [at.href, init] as const;
}

function had(
  { maxBytes }: RequestDeps,
  response: Response,
  { host, mayHaveKey }: Target,
  patience: Patience,
): Had {
  const { status } = response;
  if (status === 200) return { host, bytes: bodyOf(response, host, maxBytes, () => patience.renew()) };
  void discard(response);
  if (status === 404 || status === 410)
    throw new Refusal("gone", `answered ${status}`, { host, isPassing: true });
  if (status === 401 || status === 403) throw unauthorized({ host, mayHaveKey });
  const isPassing = status >= 500 || status === 429 || status === 408;
  throw new Refusal("failed", `answered ${status}`, { host, isPassing });
}

function unauthorized({ host, mayHaveKey }: Pick<Target, "host" | "mayHaveKey">): Refusal {
  const what = mayHaveKey
    ? "wants a key, and TELNYX_API_KEY does not open it"
    : "wants a key that is not shown to it";
  return new Refusal("unauthorized", what, { host });
}

async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}
