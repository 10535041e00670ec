/** The code in a text that people copy out of it: four to eight digits, where the text speaks of one. */

/** Words for it in a dozen languages; the texts of many services say nothing else. */
const SPEAKS_OF_ONE =
  /code|kod|código|codigo|codice|passcode|password|\b(?:otp|pin|tan)\b|verif|bestätig|код|رمز|קוד|验证码|驗證碼|認証|인증/i;
/** One pass: nothing follows that could make it look twice. */
const CODE = /(?<![\p{L}\p{N}.,])(?:[A-Z]-)?(\d{3}[ -]\d{3}|\d{4,8})(?![\p{L}\p{N}])/u;
/** UTF-16 units: longer texts are letters, not codes. */
const MAX_TEXT = 1_000;

/** Its digits, or null. */
export function codeIn(body: string): string | null {
  if (body.length > MAX_TEXT || !SPEAKS_OF_ONE.test(body)) return null;
  return CODE.exec(body)?.[1]?.replaceAll(/\D/g, "") ?? null;
}
