/** ISO 8601 times as they come from outside: read the same whatever zone this machine is in. */

const ISO_TIME = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)(Z|[+ -]\d\d(?::?\d\d)?)?)?$/i;
/** The usual form, which is read without being taken apart: each webhook has one. */
const UTC_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|\+00:00)$/;

/**
 * Milliseconds since 1970, or null when there is no such time. Without a zone it is UTC; the `+` of a zone may
 * have arrived as a space, as it does in a query.
 */
export function parseTime(text: string): number | null {
  if (UTC_TIME.test(text)) {
    const ms = Date.parse(text);
    if (!Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text.slice(0, 19))) return ms;
  }
  const match = ISO_TIME.exec(text);
  if (!match) return null;
  const [, date = "", time = "00:00", zone = "Z"] = match;
  const midnight = Date.parse(`${date}T00:00Z`);
  // Date.parse takes the 30th of February for a day in March.
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(date)) return null;
  const ms = Date.parse(`${date}T${time.replace(",", ".")}${offset(zone)}`);
  return Number.isNaN(ms) ? null : ms;
}

function offset(zone: string): string {
  const [, sign, hours, minutes = "00"] = /^([+ -])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  return sign ? `${sign === "-" ? "-" : "+"}${hours}:${minutes}` : "Z";
}
