/**
 * A stand-in for Telnyx that remembers: texts arrive, their webhooks are sent, lost, doubled or late, and its lists tell
 * of them, page by page; profiles are changed. Requests that Telnyx's description does not allow, and answers that it does not know, are kept
 * as problems.
 */
import { atTheEnd } from "../../harness/cleanup.ts";
import { signedHeaders, type TelnyxKey, telnyxKey } from "../../harness/telnyx.ts";
import type { ApiError, Asked } from "./faults.ts";
import { Inventory } from "./inventory.ts";
import { answerFault, requestFault } from "./judge.ts";
import { Text, type TextOptions } from "./texts.ts";

export const API_KEY = "KEY0123456789";
const MAX_ATTEMPTS = 3;

export class TelnyxStandin {
  readonly key: TelnyxKey;
  readonly texts: Text[] = [];
  readonly inventory = new Inventory();
  readonly requests: Asked[] = [];
  readonly problems: string[] = [];
  /** Looked at in turn for each request. */
  readonly faults: ApiError[] = [];
  /** How rows of a list come: newest first, unless a test says otherwise. */
  order: (texts: readonly Text[]) => readonly Text[] = (texts) => texts;
  /** Where webhooks go. */
  webhookUrl: string | null = null;
  now: () => number = Date.now;
  readonly #server;

  constructor(key = telnyxKey()) {
    this.key = key;
    this.#server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 60,
      fetch: (request) => this.#answer(request),
    });
    atTheEnd(() => this.#server.stop(true));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}/v2`;
  }

  /** For the command and the service. */
  get env(): Record<string, string> {
    return { TELNYX_API_KEY: API_KEY, TELNYX_BASE_URL: this.url };
  }

  /** A text whose webhook nobody gets. */
  lose(options: TextOptions): Text {
    const text = new Text(options, this.now());
    const url = options.url ?? this.webhookUrl ?? "https://elsewhere.example.com/webhooks";
    for (let i = 0; i < MAX_ATTEMPTS; i++) text.attempts.unshift({ url, status: null });
    text.status = "failed";
    this.texts.push(text);
    return text;
  }

  /** A text whose webhook is sent, `copies` times, and tried again while it is not answered 200. */
  async send(options: TextOptions, copies = 1): Promise<Text> {
    const text = new Text(options, this.now());
    this.texts.push(text);
    await Promise.all(Array.from({ length: copies }, () => this.#deliver(text)));
    return text;
  }

  async #deliver(text: Text): Promise<void> {
    const url = text.options.url ?? this.webhookUrl ?? "";
    for (let attempt = 1; attempt <= MAX_ATTEMPTS && text.status !== "delivered"; attempt++) {
      const body = text.webhook(attempt, url);
      const sent = await fetch(url, { method: "POST", body, headers: signedHeaders(this.key, body) }).catch(
        () => null,
      );
      await sent?.arrayBuffer();
      text.attempts.unshift({ url, status: sent?.status ?? null });
      if (sent?.status === 200) text.status = "delivered";
    }
    text.status ??= "failed";
  }

  /** How often a path was asked for. */
  count(path: string): number {
    return this.requests.filter((asked) => asked.path.startsWith(path)).length;
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const path = url.pathname.replace(/^\/v2/, "");
    const { method, headers } = request;
    const count = this.count(path) + 1;
    const sent = await request.text();
    const body: unknown = sent === "" ? null : JSON.parse(sent);
    const asked = { method, path, query: url.searchParams, headers, count, body };
    this.requests.push(asked);
    const problem = requestFault(method, path, url.searchParams, body);
    if (problem) this.problems.push(problem);
    if (request.headers.get("authorization") !== `Bearer ${API_KEY}`)
      return failure(401, "10009", "Authentication failed");
    const genuine = async () => this.#genuine(asked);
    for (const fault of this.faults) {
      const answer = await fault(asked, genuine);
      if (answer) return answer;
    }
    return genuine();
  }

  #genuine({ method, path, query, body: sent }: Asked): Response {
    const body = this.inventory.profile(method, path, sent) ?? this.#body(path, query);
    if (body === null) return failure(404, "10005", "Resource not found");
    if (body instanceof Response) return body;
    const problem = answerFault(method, path, body);
    if (problem) this.problems.push(`the stand-in's own answer for ${path}: ${problem}`);
    return Response.json(body);
  }

  #body(path: string, query: URLSearchParams): object | null {
    if (path === "/webhook_deliveries") return this.#deliveries(query);
    if (path === "/detail_records") return this.#records(query);
    const listed = this.inventory.list(path);
    if (listed) return this.#page(query, 250, listed, (row) => row);
    const id = /^\/messages\/([^/]+)$/.exec(path)?.[1];
    const text = this.texts.find((each) => each.id === id);
    return text && !text.isExpired ? { data: text.message } : null;
  }

  #deliveries(query: URLSearchParams): object {
    const gte = Date.parse(query.get("filter[started_at][gte]") ?? "1970-01-01");
    const lte = Date.parse(query.get("filter[started_at][lte]") ?? "9999-01-01");
    const found = this.texts.filter(({ at, isListed }) => isListed && at >= gte && at <= lte);
    return this.#page(query, 250, this.#sorted(found, false), (text) => text.delivery);
  }

  #records(query: URLSearchParams): object {
    const gte = Date.parse(query.get("filter[created_at][gte]") ?? "1970-01-01");
    const lt = Date.parse(query.get("filter[created_at][lt]") ?? "9999-01-01");
    const found = this.texts.filter(({ at, isRecorded }) => isRecorded && at >= gte && at < lt);
    const sorted = this.#sorted(found, query.get("sort") === "created_at");
    return this.#page(query, 50, sorted, (text) => text.record);
  }

  #sorted(texts: Text[], isAscending: boolean): readonly Text[] {
    return this.order(texts.toSorted((a, b) => (isAscending ? a.at - b.at : b.at - a.at)));
  }

  #page<T>(query: URLSearchParams, max: number, all: readonly T[], show: (each: T) => object): object {
    const size = Math.min(max, Number(query.get("page[size]") ?? 20));
    const number = Number(query.get("page[number]") ?? 1);
    const total_pages = Math.ceil(all.length / size);
    const meta = { page_number: number, page_size: size, total_pages, total_results: all.length };
    return { data: all.slice((number - 1) * size, number * size).map(show), meta };
  }
}

function failure(status: number, code: string, detail: string): Response {
  return Response.json({ errors: [{ code, title: detail, detail }] }, { status });
}
