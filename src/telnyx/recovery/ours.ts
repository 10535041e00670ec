/**
 * Which of the account's texts belong to this installation. Telnyx lists those of the whole account, including other
 * systems' texts, which must not fill the unrouted messages here.
 */
import type { Read } from "../../database/result.ts";
import { parseNumber } from "../../values/phone.ts";
import type { Traits } from "./candidate.ts";

const NUMBERS_AT_ONCE = 500;

const PRESENT = "SELECT number FROM numbers WHERE number IN (SELECT value FROM json_each(?))";

export class Ours {
  readonly #read: Read;
  readonly #webhook: string | null;
  /** The profiles through which a text to one of our numbers came in this run. */
  readonly #profiles = new Set<string>();

  /** `webhookUrl` is where Telnyx should send; null when it is not configured. */
  constructor(read: Read, webhookUrl: string | null) {
    this.#read = read;
    this.#webhook = webhookUrl === null ? null : inOneForm(webhookUrl);
  }

  /** Looks up their recipients, and remembers the profiles of the texts that are ours by their recipient. */
  async meet(texts: readonly Traits[]): Promise<ReadonlySet<string>> {
    const all = [...new Set(texts.flatMap(({ recipients }) => recipients.flatMap(spellings)))];
    const present = new Set<string>();
    for (let at = 0; at < all.length; at += NUMBERS_AT_ONCE) {
      const { rows } = await this.#read({
        sql: PRESENT,
        args: [JSON.stringify(all.slice(at, at + NUMBERS_AT_ONCE))],
      });
      for (const { number } of rows) present.add(String(number));
    }
    for (const text of texts) {
      if (text.profileId !== null && isTo(text, present)) this.#profiles.add(text.profileId);
    }
    return present;
  }

  /** Whether a text is ours: by its recipient, which {@link meet} found, or by the URL to which it was sent. */
  isDirectly(text: Traits, present: ReadonlySet<string>): boolean {
    return (
      isTo(text, present) ||
      text.urls.some((url) => this.#webhook !== null && inOneForm(url) === this.#webhook)
    );
  }

  hasProfile({ profileId }: Traits): boolean {
    return profileId !== null && this.#profiles.has(profileId);
  }

  knows(profileId: string): boolean {
    return this.#profiles.has(profileId);
  }
}

function isTo({ recipients }: Traits, present: ReadonlySet<string>): boolean {
  return recipients.some((recipient) => spellings(recipient).some((each) => present.has(each)));
}

/** A number as the table of numbers may have it. Detail records may leave out the plus. */
export function spellings(recipient: string): string[] {
  const plain = parseNumber(recipient) ?? recipient;
  const plus = /^\d{7,15}$/.test(recipient) ? parseNumber(`+${recipient}`) : null;
  return plus === null ? [plain] : [plain, plus];
}

/** A URL without what makes no difference: a final slash, a query, capitals in the host. */
function inOneForm(url: string): string {
  const parsed = URL.parse(url);
  return parsed ? `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, "") : url;
}
