/** A client of a simulated run: it follows the stream, comes back with its cursor, and holds all it gets against the truth. */
import { ApiError } from "../../src/errors.ts";
import { parseCursor } from "../../src/values/cursor.ts";
import type { Process } from "./process.ts";
import type { Time } from "./time.ts";
import type { Truth } from "./truth.ts";

export interface ClientOptions {
  readonly name: string;
  readonly account: number;
  readonly keyId: number;
  readonly key: string;
  readonly to: string | null;
  /** From the beginning, or from now. */
  readonly fromAll: boolean;
  readonly time: Time;
  readonly truth: Truth;
  readonly processes: () => readonly Process[];
  readonly say: (line: string) => void;
}

const NEVER = new Promise<never>(() => undefined);

export class Client {
  readonly name: string;
  readonly account: number;
  readonly keyId: number;
  readonly got: number[] = [];
  /** Until then it reads nothing. */
  pausedUntil = 0;
  /** Once the world is whole again: no waiting beyond need. */
  isHurried = false;
  /** It comes back at once, the next time. */
  isInHaste = false;
  #to: string | null;
  readonly #options: ClientOptions;
  #cursor: string | null = null;
  /** The position from which it is owed everything. */
  #start: number | null = null;
  /** It was told that nothing up to here can be had any more. */
  #forgiven = 0;
  #isRefused = false;
  /** The version of the directory that its stream was opened by. */
  #openedAt = 0;
  /** What it came with, and whether it may still be told that this is a gap. */
  #was: string | null = null;
  #isGapPossible = false;
  #process: Process | null = null;
  #cut: (() => void) | null = null;
  #drop: (() => void) | null = null;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.name = options.name;
    this.account = options.account;
    this.keyId = options.keyId;
    this.#to = options.to;
  }

  /** For ever, or until its key is refused. */
  async run(): Promise<void> {
    const { time, processes, truth, name } = this.#options;
    const { random } = time;
    while (!this.#isRefused) {
      const serving = processes().filter((process) => process.isServing());
      if (serving.length > 0) {
        try {
          await this.#follow(random.pick(serving));
        } catch (error) {
          truth.violate(`${name} broke: ${error instanceof Error ? error.stack : error}`);
          return;
        }
      }
      this.#process = null;
      const away = this.isInHaste ? 0 : random.between(0, random.chance(0.1) ? 8_000 : 1_500);
      this.isInHaste = false;
      await time.wait(this.isHurried ? 50 : away);
    }
  }

  /** Its connection goes, as when the other end dies. */
  lose(process: Process): void {
    if (this.#process === process) this.#cut?.();
  }

  /** It leaves by itself, and comes back. */
  leave(): void {
    this.#drop?.();
  }

  /** What it was owed and did not get, once it had the time for it. */
  check(): void {
    const { truth, name } = this.#options;
    const start = this.#start;
    if (this.#isRefused) {
      if (this.#maySeeAnything()) truth.violate(`${name} was refused, and its key is good`);
      return;
    }
    if (start === null) return truth.violate(`${name} was never connected`);
    const got = new Set(this.got);
    for (const row of truth.rows.values()) {
      if (got.has(row.seq) || row.seq <= Math.max(start, this.#forgiven) || row.account === null) continue;
      if (this.#to !== null && row.to !== this.#to) continue;
      const isDeleted = row.goneAt !== null && !truth.pruned.has(row.seq);
      if (isDeleted || !truth.sees(this.keyId, row.account, row.judged).all) continue;
      truth.violate(`${name} never got ${row.seq} of account ${row.account}; its cursor is ${this.#cursor}`);
    }
  }

  #maySeeAnything(): boolean {
    return [1, 2, 3, 4, 5].some(
      (account) => this.#options.truth.sees(this.keyId, account, Number.MAX_SAFE_INTEGER).some,
    );
  }

  async #follow(process: Process): Promise<void> {
    const { time, truth, key, fromAll, say, name } = this.#options;
    const headers: Record<string, string> = { authorization: `Bearer ${key}` };
    if (this.#cursor !== null) headers["last-event-id"] = this.#cursor;
    const query = [this.#to && `to=${encodeURIComponent(this.#to)}`, fromAll && "since=all"].filter(Boolean);
    const request = new Request(`http://127.0.0.1/v1/sms/stream?${query.join("&")}`, { headers });
    const askedAt = truth.commits;
    this.#process = process;
    const { promise: lost, resolve: cut } = Promise.withResolvers<null>();
    const { promise: dropped, resolve: drop } = Promise.withResolvers<null>();
    this.#cut = () => cut(null);
    this.#drop = () => drop(null);
    const opening = process.open(request).catch((error: unknown) => this.#refuse(error));
    const response = await Promise.race([process.party.isDead ? NEVER : opening, lost]);
    this.#openedAt = process.known();
    const reader = response?.body?.getReader();
    if (!reader) return;
    say(`${name} opened on ${process.name} with ${this.#cursor ?? "nothing"}`);
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      if (time.random.chance(0.2)) await time.wait(40);
      while (this.pausedUntil > time.now && !this.isHurried && !process.party.isDead) await time.wait(100);
      const read = reader.read().catch(() => null);
      const result = await Promise.race([read, lost, dropped]);
      if (process.party.isDead || !result || result.done) {
        // It may go with a word or without one; a stream that was cut is over already.
        if (time.random.chance(0.8)) void reader.cancel().catch(() => undefined);
        return;
      }
      const frames = (rest + decoder.decode(result.value)).split("\n\n");
      rest = frames.pop() ?? "";
      // A connection that goes in the middle of what was sent: the first bytes are one packet.
      const isTorn = !this.isHurried && time.random.chance(0.01) && !frames[0]?.includes("event: connected");
      const heard = isTorn ? time.random.between(0, frames.length) : frames.length;
      for (const frame of frames.slice(0, heard)) this.#hear(frame, process, askedAt);
      if (isTorn) return;
    }
  }

  #refuse(error: unknown): null {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === "unauthorized" || error.code === "forbidden") this.#isRefused = true;
    if (error.code === "validation_error") this.#to = null;
    return null;
  }

  #hear(frame: string, process: Process, askedAt: number): void {
    const { truth, name, say } = this.#options;
    const id = /^id: (.+)$/m.exec(frame)?.[1];
    const event = /^event: (.+)$/m.exec(frame)?.[1];
    const seq = parseCursor(id ?? "")?.seq ?? null;
    if (id !== undefined && seq === null) truth.violate(`${name} got the id ${id}`);
    if (event === "connected" && seq !== null) {
      if (this.#cursor !== null && seq < (parseCursor(this.#cursor)?.seq ?? 0))
        truth.violate(`${name} came with ${this.#cursor} and was connected at ${id}`);
      this.#start ??= seq;
      this.#was = this.#cursor;
      this.#cursor = id ?? null;
      this.#isGapPossible = true;
      return;
    }
    if (event === "gap") {
      const { reason, oldest } = JSON.parse(/^data: (.+)$/m.exec(frame)?.[1] ?? "{}");
      if (reason !== "expired" || !this.#isGapPossible) truth.violate(`${name} was told of a gap: ${reason}`);
      this.#forgiven = Math.max(this.#forgiven, parseCursor(oldest)?.seq ?? 0);
      say(`${name} was told that all up to ${oldest} has expired`);
    } else if (this.#isGapPossible && this.#was !== null && this.#was !== this.#cursor)
      truth.violate(`${name} came with ${this.#was}, was connected at ${this.#cursor}, and told of no gap`);
    this.#isGapPossible = false;
    if (event === "caught_up" && seq !== null && seq < (parseCursor(this.#cursor ?? "")?.seq ?? 0))
      truth.violate(`${name} at ${this.#cursor} was caught up at ${id}`);
    if (event === "sms_received" && seq !== null) this.#receive(seq, frame, process, askedAt);
    if (id !== undefined) this.#cursor = id;
    if (event === "closing") say(`${name} is told: ${/"reason":"(\w+)"/.exec(frame)?.[1]}`);
  }

  #receive(seq: number, frame: string, process: Process, askedAt: number): void {
    const { truth, name, say } = this.#options;
    truth.deliveries++;
    say(`${name} got ${seq}`);
    const last = Math.max(this.got.at(-1) ?? 0, parseCursor(this.#cursor ?? "")?.seq ?? 0);
    if (seq <= last) truth.violate(`${name} got ${seq} after ${last}`);
    this.got.push(seq);
    const row = truth.rows.get(seq);
    const judged = Math.max(process.judgedOf(this.keyId), this.#openedAt);
    if (!row) return truth.violate(`${name} got ${seq}, which was never committed`);
    if (!frame.includes(`"message_id":"${row.id}"`)) truth.violate(`${name} got another text at ${seq}`);
    if (this.#to !== null && row.to !== this.#to) truth.violate(`${name} got ${seq}, which is to ${row.to}`);
    if (row.account === null || !truth.sees(this.keyId, row.account, judged).some)
      truth.violate(`${name} got ${seq} of account ${row.account}, which is another's`);
    if (row.goneAt !== null && row.goneAt <= askedAt)
      truth.violate(`${name} got ${seq}, which was gone when it asked`);
  }
}
