/**
 * `GET /api/v1/sms/messages/{message_id}/media/{n}`: a kept picture, for those who may see its message. Strangers sent
 * it, so nothing in it may run or be taken for anything else than what its first bytes say.
 */
import { ApiError, unavailable } from "../errors.ts";
import { refuseLongQuery } from "../http/url.ts";
import type { Authenticator } from "../keys/authenticator.ts";
import type { PictureFiles } from "../media/files.ts";
import { type Picture, picturesOf } from "../media/rows.ts";
import { isShown } from "../media/sniff.ts";
import { findMessage } from "../messages/list.ts";
import { matches } from "../messages/visibility.ts";
import { type ByteRange, readRange } from "./byterange.ts";
import { readForRequest, type StoreReadDeps } from "./storereads.ts";

export interface MediaRouteDeps {
  readonly authenticator: Authenticator;
  readonly store: StoreReadDeps;
  /** Null while pictures are not kept. */
  readonly files: PictureFiles | null;
  /** A file that is missing is fetched again. */
  readonly onMissing: (picture: Picture) => Promise<void>;
}

/** Seconds: how long a picture that is there is under way, as a rule. */
const PENDING_SECONDS = 5;

const UNSAFE = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; sandbox",
} as const;

/**
 * Throws the faults `unauthorized`, `forbidden`, `unavailable`, also while it is yet to be fetched, and `not_found`,
 * which says why where it could not be had.
 */
export async function showMedia(
  deps: MediaRouteDeps,
  request: Request,
  messageId: string,
  place: string,
): Promise<Response> {
  const { authenticator, store, files } = deps;
  const principal = await authenticator.authenticate(request, "sms:read");
  refuseLongQuery(request);
  const n = /^[0-9]{1,6}$/.test(place) ? Number(place) : -1;
  const found = await readForRequest(store, principal.account.id, request.signal, async ({ listing }) => {
    const stored = await findMessage(listing, messageId, principal.accountIds);
    const pictures = stored ? await picturesOf(listing, [stored.message.message_id]) : null;
    return { stored, picture: pictures?.get(messageId)?.find((each) => each.n === n) ?? null };
  });
  const picture = authenticator.handOver(principal, "sms:read", ({ accountIds }) => {
    const { stored, picture } = found;
    if (!stored || !matches({ accounts: accountIds, to: null }, stored)) throw notFound("Message not found.");
    if (!files || !picture) throw notFound("This message has no such file here.");
    return judged(picture);
  });
  return answer(deps, request, await picture);
}

function judged(picture: Picture): Picture {
  if (picture.status === "pending") throw unavailable(null, "The file is not fetched yet.", PENDING_SECONDS);
  if (picture.status === "failed")
    throw notFound(`The file could not be kept: ${picture.reason ?? "failed"}.`);
  return picture;
}

function notFound(sentence: string): ApiError {
  return new ApiError("not_found", sentence);
}

async function answer(
  { files, onMissing }: MediaRouteDeps,
  request: Request,
  picture: Picture,
): Promise<Response> {
  const { type, sha256 } = picture;
  if (!files || type === null || sha256 === null) throw notFound("This message has no such file here.");
  const file = Bun.file(files.pathOf(picture));
  if (!(await file.exists())) {
    await onMissing(picture);
    throw unavailable(null, "The file is missing, and is fetched again.", PENDING_SECONDS);
  }
  const { size } = file;
  const etag = `"${sha256}"`;
  const headers = {
    ...UNSAFE,
    "cache-control": "private, max-age=0, must-revalidate",
    "accept-ranges": "bytes",
    etag,
  };
  // The tag holds what no other tag does, alone or in a list, weak or not. Linear.
  if (request.headers.get("if-none-match")?.includes(sha256))
    return new Response(null, { status: 304, headers });
  const range = rangeOf(request, size, etag);
  if (range === "unsatisfiable")
    return new Response(null, { status: 416, headers: { ...headers, "content-range": `bytes */${size}` } });
  const { start, end } = range ?? { start: 0, end: size };
  const part = {
    ...headers,
    "content-type": type,
    "content-disposition": isShown(type) ? "inline" : "attachment",
    "content-length": String(end - start),
    ...(range ? { "content-range": `bytes ${start}-${end - 1}/${size}` } : {}),
  };
  const status = range ? 206 : 200;
  return new Response(file.slice(start, end), { status, headers: part });
}

/** A part of another file than the client has is of no use to it (RFC 9110, section 13.1.5). */
function rangeOf({ headers }: Request, size: number, etag: string): ByteRange | "unsatisfiable" | null {
  const wanted = headers.get("if-range");
  if (wanted !== null && wanted !== etag) return null;
  return readRange(headers.get("range"), size);
}
