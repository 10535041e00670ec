/** What counts as one of our numbers: E.164 by libphonenumber's *possible*, or a short code. */
import { parsePhoneNumberFromString } from "libphonenumber-js";

const SHORT_CODE = /^[0-9]{5,6}$/;
const E164 = /^\+[1-9][0-9]{4,14}$/;

export const NUMBER_FORM = "E.164 such as +14155551234, or a short code of 5 or 6 digits";

/** The number in the one form in which it is stored, or null. Blanks, dashes, dots and brackets may stand in it. */
export function parseNumber(text: string): string | null {
  const bare = text.replace(/[\s().-]/g, "");
  if (SHORT_CODE.test(bare)) return bare;
  // Possible and not valid: whether a range is in use changes faster than anybody's metadata.
  return E164.test(bare) && parsePhoneNumberFromString(bare)?.isPossible() ? bare : null;
}

/** As in a query, where `+` may have arrived as a space. */
export function parseQueryNumber(text: string): string | null {
  return parseNumber(text.startsWith(" ") ? `+${text.slice(1)}` : text);
}
