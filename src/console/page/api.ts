/** The API of this very server, besides the stream. What it answers is looked at before it is used. */
import { retryAfterMs } from "../../client/backoff.ts";
import { fields, list, type Message, parsed, readMessage } from "./message.ts";

export interface Identity {
  readonly keyName: string;
  readonly account: { readonly kind: string; readonly name: string };
  readonly teams: readonly string[];
  readonly scopes: readonly string[];
}

export interface KnownNumber {
  readonly number: string;
  readonly label: string | null;
  readonly active: boolean;
}

export interface MessagePage {
  /** Newest first. */
  readonly messages: readonly Message[];
  /** Of the next older page, or null when there is none. */
  readonly cursor: string | null;
  /** The stream's position when this page was read. */
  readonly position: string | null;
}

/** What the history is asked for: of all, those that fit what is not null or empty. */
export interface HistoryQuery {
  readonly to: string | null;
  readonly from: string | null;
  /** Full text. */
  readonly q: string;
}

/** The server refused, with a sentence that may be shown; or it cannot be reached, and then `status` is 0. */
export class RequestFailed extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly retryMs: number | null;

  constructor(status: number, message: string, retryMs: number | null = null, cause?: unknown) {
    super(message, { cause });
    this.status = status;
    this.retryMs = retryMs;
  }
}

/** One answer may take this long. */
const TIMEOUT_MS = 15_000;
const PAGE_SIZE = 100;
const NUMBERS_PAGE = 200;
/** More numbers than this are not listed: nobody chooses from such a list. */
const MAX_NUMBERS = 1_000;

type Asked = RequestInit & { readonly headers: Record<string, string> };

export class Api {
  readonly #key: string;
  /** Ends with the session that it belongs to. */
  readonly #signal: AbortSignal;

  constructor(key: string, signal: AbortSignal) {
    this.#key = key;
    this.#signal = signal;
  }

  /** All of these throw {@link RequestFailed}. Paths are relative: the page may lie behind a proxy that puts one before it. */
  async me(): Promise<Identity> {
    const { name, account, teams, scopes } = fields(fields(await this.#get("/me")).data);
    return {
      keyName: String(name ?? ""),
      account: { kind: String(fields(account).kind ?? ""), name: String(fields(account).name ?? "") },
      teams: list(teams).map((team) => String(fields(team).name ?? "")),
      scopes: list(scopes).map(String),
    };
  }

  async numbers(): Promise<KnownNumber[]> {
    const found: KnownNumber[] = [];
    let cursor: unknown = null;
    do {
      const query = new URLSearchParams({ limit: String(NUMBERS_PAGE) });
      if (typeof cursor === "string") query.set("cursor", cursor);
      const { data, meta } = fields(await this.#get(`/phone-numbers?${query}`));
      for (const one of list(data)) {
        const { number, label, active } = fields(one);
        if (typeof number !== "string") continue;
        found.push({ number, label: typeof label === "string" ? label : null, active: active !== false });
      }
      cursor = fields(meta).cursor;
    } while (typeof cursor === "string" && found.length < MAX_NUMBERS);
    return found;
  }

  async messages({ to, from, q }: HistoryQuery, cursor: string | null): Promise<MessagePage> {
    const query = new URLSearchParams({ limit: String(PAGE_SIZE) });
    if (to !== null) query.set("to", to);
    if (from !== null) query.set("from", from);
    if (q !== "") query.set("q", q);
    if (cursor !== null) query.set("cursor", cursor);
    const { data, meta } = fields(await this.#get(`/sms/messages?${query}`));
    const next = fields(meta);
    return {
      messages: list(data).flatMap((one) => readMessage(one) ?? []),
      cursor: typeof next.cursor === "string" ? next.cursor : null,
      position: typeof next.position === "string" ? next.position : null,
    };
  }

  /** A single one, as a page of its own. */
  async message(id: string): Promise<MessagePage> {
    const { data } = fields(await this.#get(`/sms/messages/${encodeURIComponent(id)}`));
    const message = readMessage(data);
    return { messages: message ? [message] : [], cursor: null, position: null };
  }

  /** Of a demo alone. Resolves to the outcome. */
  async sendDemoMessage(text: string): Promise<string> {
    const headers = { "content-type": "application/json" };
    const answer = await this.#json("demo/messages", {
      method: "POST",
      headers,
      body: JSON.stringify({ text }),
    });
    return String(fields(fields(answer).data).outcome);
  }

  /** The kept file of a message, whole. */
  picture(messageId: string, n: number): Promise<Blob> {
    const path = `api/v1/sms/messages/${encodeURIComponent(messageId)}/media/${n}`;
    return this.#ask(path, { headers: {} }, (response) => response.blob());
  }

  #get(path: string): Promise<unknown> {
    return this.#json(`api/v1${path}`, { headers: {} });
  }

  async #json(path: string, request: Asked): Promise<unknown> {
    return parsed(await this.#ask(path, request, (response) => response.text()));
  }

  async #ask<T>(path: string, request: Asked, read: (response: Response) => Promise<T>): Promise<T> {
    const headers = { ...request.headers, authorization: `Bearer ${this.#key}` };
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(TIMEOUT_MS)]);
    let response: Response;
    let text: string;
    try {
      response = await fetch(path, { ...request, headers, signal, cache: "no-store", credentials: "omit" });
      if (response.ok) return await read(response);
      text = await response.text();
    } catch (cause) {
      throw new RequestFailed(0, "The server cannot be reached.", null, cause);
    }
    const { message } = fields(fields(parsed(text)).error);
    const sentence = typeof message === "string" ? message : `The server answered ${response.status}.`;
    throw new RequestFailed(
      response.status,
      sentence,
      retryAfterMs(response.headers.get("retry-after"), Date.now()),
    );
  }
}
