/** What the checks look at. What several of them need is asked for once, and its failure is told to each of them. */
import type { Config, JudgedConfig } from "../../config/config.ts";
import { unusable } from "../../database/diagnosis.ts";
import { type ClosedLook, lookAt, type OpenLook } from "../../database/look.ts";
import { type TablesState, tablesState } from "../../database/migrate.ts";
import type { Read } from "../../database/result.ts";
import { databaseUrlFault } from "../../database/url.ts";
import { CommandError } from "../../errors.ts";
import { TelnyxClient } from "../../telnyx/client.ts";
import { TelnyxFailure, type TelnyxFailureKind } from "../../telnyx/failure.ts";
import { type MessagingProfile, readProfiles } from "../../telnyx/profiles.ts";
import { webhookUrl } from "../../telnyx/webhook.ts";

/** Why a check cannot be made, in a sentence: it is skipped. */
export class Unknown extends Error {}

export interface DoctorDeps {
  readonly config: Config;
  readonly faults: JudgedConfig["faults"];
  /** Where the server that the configuration describes is reached from this machine. */
  readonly serverUrl: string;
  /** ` through the proxy …`, for a sentence about requests to this address; nothing when they go directly. */
  readonly throughProxy: (url: string) => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Ends what is under way; what was made is removed. */
  readonly stop: AbortSignal;
}

/** Somebody waits for the answer. */
const REQUEST_MS = 5_000;
const MAX_TRIES = 2;
/** In which nothing else is answered either. A key that may not read one list may read another. */
const HOPELESS: readonly TelnyxFailureKind[] = ["unreachable", "stopped"];
const UNAUTHORIZED = 401;
/** For all that is asked of Telnyx. */
const TELNYX_MS = 45_000;

export class Examination {
  readonly deps: DoctorDeps;
  readonly #client: TelnyxClient | null;
  readonly #giveUp = new AbortController();
  readonly #late: Timer;
  #look: OpenLook | ClosedLook | null = null;
  #profiles: Promise<readonly MessagingProfile[]> | null = null;
  #tables: Promise<TablesState> | null = null;

  constructor(deps: DoctorDeps) {
    this.deps = deps;
    const { telnyxApi } = deps.config;
    const stop = () => this.#giveUp.abort();
    if (deps.stop.aborted) stop();
    else deps.stop.addEventListener("abort", stop, { once: true });
    const options = {
      signal: this.#giveUp.signal,
      deadlineMs: REQUEST_MS,
      maxTries: MAX_TRIES,
      now: deps.now,
    };
    this.#client = telnyxApi === null ? null : new TelnyxClient(telnyxApi, options);
    this.#late = setTimeout(() => this.#giveUp.abort(), TELNYX_MS);
  }

  /** The database as it lies there. Throws {@link Unknown}. */
  look(): OpenLook {
    const { database } = this.deps.config;
    const fault = databaseUrlFault(database.url);
    if (fault) throw new Unknown("DATABASE_URL names no database");
    this.#look ??= lookAt(database);
    if ("reason" in this.#look) throw new Unknown(`the database ${this.#look.reason}`);
    return this.#look;
  }

  /** What {@link look} needs closed before another engine opens the file. */
  async closeLook(): Promise<void> {
    if (this.#look && "close" in this.#look) await this.#look.close();
  }

  /** Of which version the tables are. Throws {@link Unknown}, and `CommandError` for what cannot be read. */
  tables(): Promise<TablesState> {
    this.#tables ??= this.#readTables();
    return this.#tables;
  }

  /** For checks that look into our tables. Throws {@link Unknown}. */
  async ourTables(): Promise<Read> {
    const state = await this.tables().catch((error: unknown) => {
      if (error instanceof Unknown) throw error;
      throw new Unknown("the database cannot be read");
    });
    if (state !== "current") throw new Unknown("the database's tables are not those of this version");
    return this.look().read;
  }

  /** Throws {@link Unknown} without a key. */
  telnyx(): TelnyxClient {
    if (this.#client) return this.#client;
    throw new Unknown(
      this.deps.faults.some(
        (fault) => fault.startsWith("TELNYX_API_KEY ") || fault.startsWith("TELNYX_BASE_URL "),
      )
        ? "TELNYX_API_KEY or TELNYX_BASE_URL cannot be used"
        : "TELNYX_API_KEY is not set",
    );
  }

  /** All of the account's. Throws {@link Unknown} without a key, and `TelnyxFailure`. */
  profiles(): Promise<readonly MessagingProfile[]> {
    this.#profiles ??= readProfiles(this.telnyx());
    return this.#profiles;
  }

  /** For what is asked besides: where nothing can be had it is not waited for again. Throws {@link Unknown}. */
  async reachable(): Promise<TelnyxClient> {
    try {
      await this.profiles();
    } catch (error) {
      const isHopeless =
        error instanceof TelnyxFailure && (HOPELESS.includes(error.kind) || error.status === UNAUTHORIZED);
      if (isHopeless || error instanceof Unknown) throw new Unknown(error.message);
    }
    return this.telnyx();
  }

  /**
   * The profiles whose webhooks come here; the account's only one where none does, or nobody said where "here" is. Throws
   * {@link Unknown} where that does not tell.
   */
  async ownProfiles(): Promise<readonly MessagingProfile[]> {
    const all = await this.told(() => this.profiles());
    const own = this.pointingHere(all);
    if (own.length > 0) return own;
    if (all.length === 1) return all;
    throw new Unknown(
      all.length === 0 ? "there is no messaging profile" : "which profile is ours is not known",
    );
  }

  pointingHere(profiles: readonly MessagingProfile[]): readonly MessagingProfile[] {
    const here = this.here;
    return here === null ? [] : profiles.filter(({ webhookUrl }) => isSameUrl(webhookUrl, here));
  }

  /** Where Telnyx is to send; null where nobody said. */
  get here(): string | null {
    const { publicUrl } = this.deps.config;
    return publicUrl === null ? null : webhookUrl(publicUrl);
  }

  /** For checks that only conclude from it: what `telnyx_key` tells is not told again. Throws {@link Unknown}. */
  async told<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof CommandError) throw new Unknown(error.message);
      throw error;
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#late);
    this.#giveUp.abort();
    await this.closeLook();
  }

  async #readTables(): Promise<TablesState> {
    const { read } = this.look();
    try {
      return await tablesState(read);
    } catch (error) {
      throw unusable(this.deps.config.database, error);
    }
  }
}

/** But for a slash at its end, and capitals of its host. */
export function isSameUrl(url: string | null, here: string): boolean {
  const form = (text: string) => URL.parse(text)?.href.replace(/\/+$/, "") ?? text;
  return url !== null && form(url) === form(here);
}
