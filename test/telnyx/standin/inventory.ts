/** What belongs to an account at Telnyx: messaging profiles, which can be changed, and numbers and short codes. */
import { randomUUID } from "node:crypto";

type Fields = Record<string, unknown>;

export interface NumberOptions {
  readonly number: string;
  /** Null where `/phone_numbers` does not know it. */
  readonly status?: string | null;
  readonly profileId?: string | null;
  /** Whether `/phone_numbers/messaging` has it. */
  readonly hasMessaging?: boolean;
}

const TIME = "2026-11-01T10:00:00.000Z";
const STATUS = 400;

export class Inventory {
  readonly profiles: Fields[] = [];
  readonly phoneNumbers: Fields[] = [];
  readonly messaging: Fields[] = [];
  readonly shortCodes: Fields[] = [];
  #count = 0;

  /** Resolves to its id. `isOld` is one of before March 2024, which cannot be changed without naming destinations. */
  addProfile(name: string, fields: Fields = {}, isOld = false): string {
    const id = randomUUID();
    this.profiles.push({
      record_type: "messaging_profile",
      id,
      name,
      enabled: true,
      webhook_url: "",
      webhook_failover_url: "",
      webhook_api_version: "2",
      ...(isOld ? {} : { whitelisted_destinations: ["US"] }),
      created_at: TIME,
      updated_at: TIME,
      v1_secret: "secret-of-version-1",
      ...fields,
    });
    return id;
  }

  addNumber({ number, status = "active", profileId = null, hasMessaging = true }: NumberOptions): void {
    const id = String(1_293_384_261_075_731_000n + BigInt(++this.#count));
    if (status !== null)
      this.phoneNumbers.push({
        id,
        record_type: "phone_number",
        phone_number: number,
        country_iso_alpha2: "US",
        status,
        tags: [],
        external_pin: null,
        messaging_profile_id: profileId,
        created_at: TIME,
        purchased_at: TIME,
        phone_number_type: "local",
        deletion_lock_enabled: false,
      });
    if (hasMessaging)
      this.messaging.push({
        record_type: "messaging_settings",
        id,
        phone_number: number,
        messaging_profile_id: profileId,
        country_code: "US",
        type: "long-code",
        created_at: TIME,
        updated_at: TIME,
      });
  }

  addShortCode(code: string, profileId: string | null = null): void {
    this.shortCodes.push({
      record_type: "short_code",
      id: randomUUID(),
      short_code: code,
      country_code: "US",
      messaging_profile_id: profileId,
      created_at: TIME,
      updated_at: TIME,
    });
  }

  /** The rows of a list of this path; null where it is no list. */
  list(path: string): readonly Fields[] | null {
    if (path === "/messaging_profiles") return this.profiles;
    if (path === "/phone_numbers") return this.phoneNumbers;
    if (path === "/phone_numbers/messaging") return this.messaging;
    return path === "/short_codes" ? this.shortCodes : null;
  }

  /** A profile, changed before if it is asked for; null where the path is none. */
  profile(method: string, path: string, change: unknown): { data: Fields } | Response | null {
    const id = /^\/messaging_profiles\/([^/]+)$/.exec(path)?.[1];
    const profile = this.profiles.find((each) => each.id === id);
    if (!profile) return null;
    if (method === "PATCH") {
      const fields = change as Fields;
      if (!(profile.whitelisted_destinations ?? fields.whitelisted_destinations)) return missing();
      Object.assign(profile, fields, { updated_at: new Date().toISOString() });
    }
    return { data: profile };
  }
}

function missing(): Response {
  const errors = [{ code: "40310", title: "Bad Request", detail: "Missing whitelisted destinations" }];
  return Response.json({ errors }, { status: STATUS });
}
