/** `GET /api/v1/phone-numbers`: the numbers that this key sees now, active or not, page by page. */
import { type NumberPage, pageNumbers } from "../directory/numbers.ts";
import { answer } from "../http/respond.ts";
import { invalidQuery } from "../http/url.ts";
import { type Guard, requireScope } from "../keys/authenticator.ts";
import { formatCursor } from "../values/cursor.ts";
import { parseNumber } from "../values/phone.ts";
import { Query, UNKNOWN_CURSOR } from "./parameters.ts";
import { readForRequest, type StoreReadDeps } from "./storereads.ts";

export interface PhoneNumberDeps {
  readonly store: StoreReadDeps;
  readonly guard: Guard;
}

/** Throws what the error envelope says. */
export async function listPhoneNumbers(
  { store, guard }: PhoneNumberDeps,
  request: Request,
): Promise<Response> {
  const access = await guard.authenticate(request);
  requireScope(access, "phone_numbers:read");
  const query = new Query(request);
  const limit = query.limit();
  const cursor = query.cursor("cursor");
  const after = cursor === null ? { epoch: null, number: "" } : parseNumberCursor(cursor);
  if (!after) query.fault("cursor", UNKNOWN_CURSOR);
  query.finish();
  const page = await readForRequest(store, access.account.id, request.signal, ({ listing }) =>
    pageNumbers(listing, access.sees, after?.number ?? "", limit),
  );
  const { epoch } = page.installation;
  if (after?.epoch && after.epoch !== epoch) throw invalidQuery({ cursor: UNKNOWN_CURSOR });
  return answer(bodyOf(page, limit));
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
