/** `GET /api/v1/phone-numbers`: the numbers that this key sees now, active or not, page by page. */
import { type NumberPage, pageNumbers } from "../directory/numbers.ts";
import { answer } from "../http/respond.ts";
import { invalidQuery } from "../http/url.ts";
import type { Authenticator } from "../keys/authenticator.ts";
import type { Principal } from "../keys/principal.ts";
import { formatCursor } from "../values/cursor.ts";
import { parseNumber } from "../values/phone.ts";
import { Query, UNKNOWN_CURSOR } from "./parameters.ts";
import { readForRequest, type StoreReadDeps } from "./storereads.ts";

export interface PhoneNumberDeps {
  readonly store: StoreReadDeps;
  readonly authenticator: Authenticator;
}

/** How often it is read again where the directory changes meanwhile: it may change as fast as it is read. */
const MAX_READINGS = 3;

/** Throws the faults `unauthorized`, `forbidden`, `validation_error`, `rate_limited` and `unavailable`. */
export async function listPhoneNumbers(
  { store, authenticator }: PhoneNumberDeps,
  request: Request,
): Promise<Response> {
  let principal = await authenticator.authenticate(request, "phone_numbers:read");
  const query = new Query(request);
  const limit = query.limit();
  const cursor = query.cursor("cursor");
  const after = cursor === null ? { epoch: null, number: "" } : parseNumberCursor(cursor);
  if (!after) query.fault("cursor", UNKNOWN_CURSOR);
  query.finish();
  for (let readings = 1; ; readings++) {
    const { accountIds } = principal;
    const page = await readForRequest(store, principal.account.id, request.signal, ({ listing }) =>
      pageNumbers(listing, accountIds, after?.number ?? "", limit),
    );
    const { epoch, directoryVersion } = page.installation;
    if (after?.epoch && after.epoch !== epoch) throw invalidQuery({ cursor: UNKNOWN_CURSOR });
    // Whose a number is belongs to the directory itself: a page of an older version may name what has moved away.
    const given = await authenticator.handOver(principal, "phone_numbers:read", (present) =>
      present.version <= directoryVersion || readings === MAX_READINGS
        ? answer(bodyOf({ ...page, numbers: seenAmong(page.numbers, present) }, limit))
        : present,
    );
    if (given instanceof Response) return given;
    principal = given;
  }
}

function seenAmong(numbers: NumberPage["numbers"], { accountIds }: Principal): NumberPage["numbers"] {
  return numbers.filter(({ account_id }) => accountIds.includes(account_id));
}

function bodyOf({ numbers, installation: { epoch, position } }: NumberPage, limit: number) {
  const data = numbers.slice(0, limit);
  const last = numbers.length > limit ? data.at(-1) : undefined;
  const cursor = last ? formatNumberCursor(epoch, last.number) : null;
  return { data, meta: { cursor, page_size: limit, position: formatCursor(epoch, position) } };
}

function formatNumberCursor(epoch: string, number: string): string {
  return Buffer.from(`number ${epoch} ${number}`).toString("base64url");
}

/** Null when it is none of ours. */
function parseNumberCursor(text: string): { epoch: string; number: string } | null {
  const [, epoch, number] =
    /^number ([a-z0-9]{4,16}) (\S+)$/.exec(Buffer.from(text, "base64url").toString()) ?? [];
  if (!epoch || !number || parseNumber(number) !== number) return null;
  return formatNumberCursor(epoch, number) === text ? { epoch, number } : null;
}
