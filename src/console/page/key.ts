/** The form of a key, as somebody pastes it. */

/** As `inlet keys create` prints it. Whether it is known, only the server can say. */
const FORM = /^inlet_[0-9A-Za-z]{38}$/;

/** The key in what was pasted, or null. */
export function parseKey(text: string): string | null {
  const key = text.trim().replace(/^Bearer\s+/i, "");
  return FORM.test(key) ? key : null;
}
