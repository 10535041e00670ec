/** Telnyx, in a simulated run: each text again and again until it is acknowledged, and some of them once more. */
import type { InboundMessage } from "../../src/message.ts";
import type { Process } from "./process.ts";
import type { Time } from "./time.ts";
import type { Truth } from "./truth.ts";

export interface SenderOptions {
  readonly time: Time;
  readonly truth: Truth;
  readonly numbers: readonly string[];
  readonly processes: () => readonly Process[];
  readonly say: (line: string) => void;
}

export class Sender {
  readonly sent: InboundMessage[] = [];
  /** Texts that nobody has acknowledged yet. */
  waiting = 0;
  /** Once the world is whole again. */
  isHurried = false;
  readonly #options: SenderOptions;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** To one number, or to any. */
  send(count: number, to: string | null = null): void {
    const { time, numbers } = this.#options;
    const { random } = time;
    for (let i = 0; i < count; i++) {
      const number = this.sent.length;
      const id = `msg_${number.toString(16).padStart(32, "0")}`;
      const message = {
        message_id: id,
        from: "+13125550001",
        to: to ?? random.pick(numbers),
        body: `text ${number}`.padEnd(random.chance(0.1) ? 40_000 : 0, "x"),
        received_at: new Date(time.now).toISOString(),
      };
      const inbound = { telnyx_id: `t${number}`, message };
      this.sent.push(inbound);
      void this.#deliver(inbound);
    }
  }

  /** Telnyx's way: again and again, until it is acknowledged. */
  async #deliver(inbound: InboundMessage): Promise<void> {
    const { time, truth, processes, say } = this.#options;
    const { random } = time;
    const { message_id } = inbound.message;
    this.waiting++;
    for (;;) {
      const process = processes().filter((each) => each.isServing());
      const to = process.length > 0 ? random.pick(process) : null;
      // A copy of its own, as each webhook's parser makes one.
      const copy = { ...inbound, message: { ...inbound.message } };
      const outcome = to && (await Promise.race([this.#storeBy(to, copy), time.wait(2_000)]));
      if (outcome && !to?.party.isDead) {
        truth.acknowledge(message_id, outcome);
        say(`${message_id.slice(-3)} is ${outcome} by ${to?.name}`);
        this.waiting--;
        return;
      }
      await time.wait(random.between(10, this.isHurried ? 100 : 2_000));
    }
  }

  async #storeBy(process: Process, inbound: InboundMessage): Promise<string | null> {
    try {
      const [outcome] = await process.store(inbound);
      return outcome ?? null;
    } catch {
      return null;
    }
  }

  async deliverAgain(): Promise<void> {
    const { random } = this.#options.time;
    if (this.sent.length > 0) await this.#deliver(random.pick(this.sent));
  }
}
