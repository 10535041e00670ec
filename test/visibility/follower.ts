/** A client of a stream that is held against what its key might see at each moment. */
import { expect } from "bun:test";
import { ApiError } from "../../src/errors.ts";
import { until } from "../harness/until.ts";
import { settled, type World } from "./world.ts";

type Presence = "always" | "never" | "joined" | "mixed";

/** Whether the key saw an account, over all directories since this version. */
export function presence(world: World, version: number): (account: number) => Presence {
  return (account) => {
    const seen = world.since(version).map(({ accountIds }) => accountIds?.includes(account) ?? false);
    if (seen.every(Boolean)) return "always";
    if (!seen.some(Boolean)) return "never";
    const first = seen.indexOf(true);
    return first > 0 && seen.slice(first).every(Boolean) ? "joined" : "mixed";
  };
}

export class Follower {
  readonly #world: World;
  readonly #got: { readonly seq: number; readonly judged: number }[] = [];
  /** Of its request, and of its first bytes. */
  readonly #askedAt: number;
  #openedAt: number | null = null;
  #start = 0;
  #hasEnded = false;
  #isClosed = false;

  constructor(world: World, opening: Promise<Response>) {
    this.#world = world;
    this.#askedAt = world.judged;
    void opening.then(
      (response) => this.#follow(response),
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
        this.#hasEnded = true;
      },
    );
  }

  get isOpen(): boolean {
    return this.#openedAt !== null;
  }

  /** Once everything may go on: nothing that may not be seen, and all that it is owed. */
  async check(): Promise<void> {
    const world = this.#world;
    await until("it is open, or refused", () => this.#hasEnded || this.#openedAt !== null);
    await settled();
    const account = new Map(world.stored.map((stored) => [stored.seq, stored.account]));
    const seqs = this.#got.map(({ seq }) => seq);
    expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
    for (const { seq, judged } of this.#got) {
      const may = world.since(judged).flatMap(({ accountIds }) => accountIds ?? []);
      expect(may, `seq ${seq}`).toContain(account.get(seq) ?? -1);
    }
    if (this.#openedAt === null) return;
    const atRequest = presence(world, this.#askedAt);
    const atOpening = presence(world, this.#openedAt);
    const owed = world.stored.filter(({ seq, account: each }) => {
      if (atRequest(each) === "always") return seq > this.#start;
      const joinedAt = world.joinedAt.get(each);
      return atOpening(each) === "joined" && joinedAt !== undefined && seq > Math.max(joinedAt, this.#start);
    });
    const exact = (each: number) => atRequest(each) !== "mixed" && atOpening(each) === atRequest(each);
    const joined = (each: number) => atRequest(each) === "joined" && atOpening(each) === "joined";
    const counted = seqs.filter((seq) => {
      const each = account.get(seq) ?? -1;
      return exact(each) || joined(each);
    });
    const owedCounted = owed.filter(({ account: each }) => exact(each) || joined(each)).map(({ seq }) => seq);
    // One that has ended, with a word or without, has had the beginning of it: it resumes from there.
    expect(counted).toEqual(this.#hasEnded ? owedCounted.slice(0, counted.length) : owedCounted);
    if (this.#isClosed) expect(world.since(0).at(-1)?.accountIds).toBeNull();
  }

  async #follow(response: Response): Promise<void> {
    const decoder = new TextDecoder();
    let text = "";
    try {
      for await (const chunk of response.body ?? []) {
        text += decoder.decode(chunk, { stream: true });
        const frames = text.split("\n\n");
        text = frames.pop() ?? "";
        for (const frame of frames) this.#hear(frame);
      }
    } catch {
      // Cut.
    }
    this.#hasEnded = true;
  }

  #hear(frame: string): void {
    const seq = Number(/^id: \w+-(\d+)$/m.exec(frame)?.[1]);
    if (frame.includes("event: connected")) {
      this.#start = seq;
      this.#openedAt = this.#world.latest;
    } else if (frame.includes("event: sms_received")) this.#got.push({ seq, judged: this.#world.judged });
    else if (/"reason":"revoked"/.test(frame)) this.#isClosed = true;
  }
}
