/** Says before file descriptors run out that they do, and lets nobody be sent here while there are none. */
import { log } from "../log/log.ts";
import { descriptorLimit, openDescriptors } from "../platform/descriptors.ts";

export interface DescriptorsOptions {
  readonly limit: number;
  readonly open: () => number;
}

const INTERVAL_MS = 2_000;
/** For the database, the log, webhooks and whoever asks whether we are ready. */
const RESERVE = 100;
/** With fewer left than this the next burst of connections may find none. */
const MIN_LEFT = 16;
/** Said once, and again only when this many times as many were free meanwhile. */
const RELIEF = 2;

export class Descriptors {
  readonly #maxStreams: number;
  readonly #sharesConnections: boolean;
  readonly #options: DescriptorsOptions;
  #timer: Timer | null = null;
  #isLow = false;
  #isExhausted = false;

  /** Where streams share connections (HTTP/2), fewer of these may be enough. */
  constructor(maxStreams: number, sharesConnections: boolean, options = systemOptions()) {
    this.#maxStreams = maxStreams;
    this.#sharesConnections = sharesConnections;
    this.#options = options;
  }

  /** Whether a new connection may find none. */
  get isExhausted(): boolean {
    return this.#isExhausted;
  }

  /** Compares with what is configured, and watches from now on. */
  start(): void {
    const { limit } = this.#options;
    const maxStreams = this.#maxStreams;
    if (limit - RESERVE < maxStreams && !this.#sharesConnections) {
      log.warning(
        "MAX_STREAMS is more than the process may have connections: raise its limit of open files (LimitNOFILE of systemd, ulimit -n), or lower MAX_STREAMS",
        { max_streams: maxStreams, open_files: limit },
      );
    }
    this.#timer = setInterval(() => this.look(), INTERVAL_MS);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  look(): void {
    const { limit, open } = this.#options;
    const left = limit - open();
    // Of a small limit a tenth is less than what the process needs for itself.
    const low = Math.min(RESERVE, limit / 10);
    const known = { left: Math.max(0, left), open_files: limit };
    if (!this.#isExhausted && left < Math.min(MIN_LEFT, low)) {
      this.#isExhausted = true;
      log.error("no file descriptors are left: connections wait until others end", known);
    } else if (!this.#isLow && left < low) {
      log.warning("few file descriptors are left: raise the process's limit of open files", known);
    } else if (this.#isLow && left >= low * RELIEF) {
      log.info("enough file descriptors are left again", known);
    }
    if (left >= Math.min(MIN_LEFT, low) * RELIEF) this.#isExhausted = false;
    this.#isLow = left < low || (this.#isLow && left < low * RELIEF);
  }
}

function systemOptions(): DescriptorsOptions {
  return { limit: descriptorLimit(), open: openDescriptors };
}
