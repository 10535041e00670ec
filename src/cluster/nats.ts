/**
 * The bell between machines: NATS' own publish and subscribe, which may lose what it is given. On the wire are numbers
 * alone, never a text. Each process also rings itself: a server that hangs keeps its connections, and is found out by
 * the echo that does not come.
 */
import type { NatsConnection, Subscription } from "@nats-io/transport-node";
import type { NatsConfig } from "../config/nats.ts";
import { errorFields, log } from "../log/log.ts";
import type { Bell, Ring } from "./bell.ts";
import { Gatherer } from "./gatherer.ts";
import { connectNats } from "./natsclient.ts";
import { parseRing, ringSubject, writeRing } from "./ringwire.ts";

const PROBE_MS = 1_000;
/** Two echoes may be late, or lost. */
const UNHEARD_MS = 2_500;
/** Between two tries to reach it for the first time; later ones are the client's. */
const AGAIN_MS = 1_000;
const CLOSE_MS = 300;

export interface NatsBellOptions {
  /** Of the database: it keeps installations apart that share a server, and may become another. */
  readonly epoch: () => string;
  /** Milliseconds of a clock that is never set. */
  readonly monotonic: () => number;
}

export class NatsBell implements Bell {
  readonly #config: NatsConfig;
  readonly #options: NatsBellOptions;
  readonly #id = crypto.randomUUID();
  readonly #gatherer = new Gatherer((what) => this.#publish(this.#subject, writeRing(what, this.#id)));
  readonly #probing = setInterval(() => this.#look(), PROBE_MS);
  #onRing: (what: Ring) => void = () => undefined;
  /** Null until it is reached for the first time. */
  #connection: NatsConnection | null = null;
  #subscriptions: readonly Subscription[] = [];
  /** The subject of those subscriptions. */
  #subscribedTo = "";
  #isClosed = false;
  /** Of the last echo. */
  #heardAt: number;
  /** What was said last; it is not said that it is not heard before it had time to be. */
  #wasHeard = true;
  #hasBeenHeard = false;
  /** Why it cannot be reached, as far as that is known. */
  #trouble: unknown = null;

  /** Connects in the background, and again whenever it is cut off. */
  constructor(config: NatsConfig, options: NatsBellOptions) {
    this.#config = config;
    this.#options = options;
    this.#heardAt = options.monotonic();
    this.#probing.unref();
    void this.#connect();
  }

  ring(what: Ring): void {
    this.#gatherer.ring(what);
  }

  listen(onRing: (what: Ring) => void): void {
    this.#onRing = onRing;
  }

  isHeard(): boolean {
    return this.#hasBeenHeard && this.#options.monotonic() - this.#heardAt < UNHEARD_MS;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#probing);
    this.#gatherer.stop();
    await Promise.race([this.#connection?.close().catch(() => undefined), Bun.sleep(CLOSE_MS)]);
  }

  get #subject(): string {
    return ringSubject(this.#options.epoch());
  }

  async #connect(): Promise<void> {
    while (!this.#isClosed) {
      try {
        this.#connection = await connectNats(this.#config);
        if (this.#isClosed) return await this.#connection.close();
        this.#look();
        // The client goes on by itself, but for what it takes to be final.
        this.#trouble = await this.#connection.closed();
      } catch (error) {
        this.#trouble = error;
      }
      this.#connection = null;
      this.#subscribedTo = "";
      await Bun.sleep(AGAIN_MS * (0.5 + Math.random()));
    }
  }

  /** Once a second, and when something has changed. */
  #look(): void {
    this.#subscribe();
    this.#publish(`${this.#subject}.probe.${this.#id}`, "");
    const isSilent = this.#options.monotonic() - this.#heardAt >= UNHEARD_MS;
    if (this.#wasHeard && isSilent) {
      this.#wasHeard = false;
      log.warning("NATS is not heard: what other processes do is found by looking, until it is", {
        servers: this.#config.servers,
        ...(this.#trouble ? errorFields(this.#trouble) : {}),
      });
    } else if (!this.#wasHeard && this.isHeard()) {
      this.#wasHeard = true;
      log.info("NATS is heard again");
    }
  }

  #subscribe(): void {
    const subject = this.#subject;
    if (this.#connection === null || this.#subscribedTo === subject) return;
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    const rings = this.#connection.subscribe(subject, {
      callback: (error, message) => {
        const { what, from } = parseRing(error ? "" : message.string());
        if (from !== this.#id) this.#onRing(what);
      },
    });
    const echo = this.#connection.subscribe(`${subject}.probe.${this.#id}`, {
      callback: () => {
        this.#heardAt = this.#options.monotonic();
        this.#hasBeenHeard = true;
        if (!this.#wasHeard) this.#look();
      },
    });
    this.#subscriptions = [rings, echo];
    this.#subscribedTo = subject;
  }

  /** What cannot be sent is lost: whoever was to hear it looks. */
  #publish(subject: string, payload: string): void {
    try {
      this.#connection?.publish(subject, payload);
    } catch (error) {
      this.#trouble = error;
    }
  }
}
