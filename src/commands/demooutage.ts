/** `inlet demo --outage`: webhooks are lost for a while, and their texts come back on the streams that are open. */
import type { TelnyxAccess } from "../telnyx/client.ts";
import { LostTexts } from "../telnyx/losttexts.ts";
import type { SimulatedText } from "../telnyx/simulate.ts";

/** How often the service of such a demo looks for what it missed, in ms: a real one does every ten minutes. */
const BACKFILL_MS = 5_000;
/** Of its length, what passes before it begins. */
const BEFORE = 1 / 2;

export class Outage {
  readonly #lost = new LostTexts();
  readonly #lastsMs: number;
  readonly #say: (text: string) => void;
  readonly #timers: ReturnType<typeof setTimeout>[] = [];
  /** Telnyx lists what it has given up: nothing of an outage can be had back before its end. */
  readonly #held: { readonly text: SimulatedText; readonly at: number }[] = [];
  #isOn = false;

  /** Announces by `say` what happens. */
  constructor(lastsMs: number, say: (text: string) => void) {
    this.#lastsMs = lastsMs;
    this.#say = say;
  }

  /** What the service's configuration becomes. */
  get config(): { telnyxApi: TelnyxAccess; backfillMs: number } {
    return { telnyxApi: this.#lost.access, backfillMs: BACKFILL_MS };
  }

  start(): void {
    const seconds = Math.round(this.#lastsMs / 1000);
    const begin = () => {
      this.#isOn = true;
      this.#say(`\nAn outage begins: for ${seconds} seconds no webhook reaches this server.\n`);
    };
    const end = () => {
      this.#isOn = false;
      for (const { text, at } of this.#held) this.#lost.add(text, at);
      const soon = `within ${BACKFILL_MS / 1000} seconds`;
      this.#say(`\nThe outage is over. Telnyx has given up ${webhooks(this.#lost.count)}, and lists what it gave up: the texts come back
on the streams that are open, ${soon}, marked "recovered": true.\n`);
    };
    this.#timers.push(
      setTimeout(begin, this.#lastsMs * BEFORE),
      setTimeout(end, this.#lastsMs * (1 + BEFORE)),
    );
  }

  /** Whether this text's webhook is lost. */
  takes(text: SimulatedText, now: number): boolean {
    if (!this.#isOn) return false;
    this.#held.push({ text, at: now });
    return true;
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#lost.close();
  }
}

function webhooks(count: number): string {
  return count === 1 ? "one webhook" : `${count} webhooks`;
}
