/** Telnyx's connections, which send until they are acknowledged, and what must hold of the rows afterwards. */
import { Database } from "bun:sqlite";
import { join } from "node:path";
import type { Server } from "./server.ts";
import { sendWebhook, smsEvent } from "./telnyx.ts";

/** Plays one of Telnyx's connections: sends text after text, and each until it is acknowledged. */
export class Sender {
  readonly #name: number;
  readonly #to: string;
  readonly #padding: string;
  #event: unknown = null;
  #text = "";
  #sent = 0;

  /** Each text has at least so many characters. */
  constructor(name: number, to: string, length = 0) {
    this.#name = name;
    this.#to = to;
    this.#padding = length > 0 ? `:${"~".repeat(length)}` : "";
  }

  /** The text that was sent and not acknowledged: it may be stored or not. */
  get open(): string | null {
    return this.#event === null ? null : this.#text;
  }

  /** Sends until the server is gone, or it is over. Throws when an answer is none that the contract knows. */
  async run(
    { url, telnyx }: Pick<Server, "url" | "telnyx">,
    acknowledged: string[],
    isOver = () => false,
  ): Promise<void> {
    while (!isOver()) {
      if (this.#event === null) {
        this.#text = `${this.#name}:${++this.#sent}${this.#padding}`;
        this.#event = smsEvent(this.#to, this.#text);
      }
      const response = await sendWebhook(url, telnyx, this.#event).catch(() => null);
      if (response === null) return;
      const answer = await response.text().catch(() => null);
      if (response.status === 503) continue;
      if (response.status !== 200) throw new Error(`a webhook was answered ${response.status}: ${answer}`);
      if (answer === null) continue;
      const { outcome } = JSON.parse(answer).data;
      if (outcome !== "stored" && outcome !== "duplicate") throw new Error(`a text was answered ${outcome}`);
      acknowledged.push(this.#text);
      this.#event = null;
    }
  }
}

export interface Row {
  readonly seq: number;
  readonly body: string;
  readonly to: string;
}

/** What is in the file, read by somebody else's SQLite. Throws when it is not whole. */
export function rowsOf(folder: string): Row[] {
  const database = new Database(join(folder, "inlet.db"), { readonly: true });
  try {
    // Commands may be recovering the log just now.
    database.run("PRAGMA busy_timeout = 10000");
    const [found] = database.query<{ integrity_check: string }, []>("PRAGMA integrity_check").all();
    if (found?.integrity_check !== "ok") throw new Error(`integrity_check: ${found?.integrity_check}`);
    return database.query<Row, []>(`SELECT seq, body, "to" FROM messages ORDER BY seq`).all();
  } finally {
    database.close();
  }
}

/** Enough to find them. */
const short = (texts: readonly string[]) =>
  texts
    .slice(0, 3)
    .map((text) => text.slice(0, 40))
    .join(", ");

/** Each acknowledged text is there once; what else is there was sent; each sender's texts are in their order. */
export function faultsOf(
  rows: readonly Row[],
  acknowledged: readonly string[],
  senders: readonly Sender[],
): string[] {
  const bodies = rows.map(({ body }) => body);
  const stored = new Set(bodies);
  const sent = new Set([...acknowledged, ...senders.map(({ open }) => open)]);
  const lost = acknowledged.filter((text) => !stored.has(text));
  const strange = bodies.filter((body) => !sent.has(body));
  const last = new Map<string, number>();
  const disordered = bodies.filter((body) => {
    const [sender = "", number] = body.split(":");
    const before = last.get(sender) ?? 0;
    last.set(sender, Number(number));
    return Number(number) !== before + 1;
  });
  return [
    ...(stored.size === bodies.length ? [] : [`${bodies.length - stored.size} rows are there twice`]),
    ...(lost.length === 0 ? [] : [`${lost.length} acknowledged texts are not there: ${short(lost)}`]),
    ...(strange.length === 0 ? [] : [`${strange.length} texts were never sent: ${short(strange)}`]),
    ...(disordered.length === 0 ? [] : [`${disordered.length} texts are out of order: ${short(disordered)}`]),
  ];
}
