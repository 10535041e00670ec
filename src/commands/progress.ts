/** On a terminal, a line that says how far something is; nothing where there is none. */
const CLEAR = "\r\u001B[K";
/** Between two drawings. */
const INTERVAL_MS = 100;
const MEGABYTE = 1_000_000;

export class Progress {
  readonly #isShown = process.stderr.isTTY === true;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #drawn = "";

  /** `total` 0: how much there is to do is not known. Bytes. */
  bytes = (what: string, done: number, total: number): void => {
    if (total === 0) return this.show(`${what} …`);
    const percent = Math.min(100, Math.floor((done / total) * 100));
    this.show(`${what}: ${percent} % of ${(total / MEGABYTE).toFixed(1)} MB`);
  };

  show(text: string): void {
    const kind = text.split(":")[0] ?? "";
    const now = performance.now();
    if (!this.#isShown || (kind === this.#drawn && now - this.#drawnAt < INTERVAL_MS)) return;
    this.#drawn = kind;
    this.#drawnAt = now;
    process.stderr.write(`${CLEAR}${text.slice(0, (process.stderr.columns || 80) - 1)}`);
  }

  clear(): void {
    if (this.#isShown && this.#drawn !== "") process.stderr.write(CLEAR);
    this.#drawn = "";
  }
}
