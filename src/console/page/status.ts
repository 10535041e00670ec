/** The state of the connection, the age of the last heartbeat and the cursor, as they stand at each second. */
import { age } from "./clock.ts";
import { type Connection, connectionDetail, connectionLabel, type Gap, gapSentence } from "./connection.ts";
import { byId, onClick, setText } from "./dom.ts";

export class Status {
  readonly #badge = byId("connection", HTMLElement);
  readonly #label = byId("connection-label", HTMLElement);
  readonly #detail = byId("connection-detail", HTMLElement);
  readonly #state = byId("connection-state", HTMLElement);
  readonly #heartbeat = byId("heartbeat", HTMLElement);
  readonly #cursor = byId("cursor", HTMLElement);
  readonly #gap = byId("gap", HTMLElement);
  readonly #gapText = byId("gap-text", HTMLElement);
  #connection: Connection = { kind: "connecting" };
  #heartbeatAt: number | null = null;

  constructor() {
    onClick(byId("dismiss-gap", HTMLButtonElement), () => {
      this.#gap.hidden = true;
      byId("list", HTMLElement).focus({ preventScroll: true });
    });
  }

  showConnection(connection: Connection): void {
    this.#connection = connection;
    // A renewal looks like what it is to a reader: a stream that lives.
    this.#badge.dataset.state = connection.kind === "renewing" ? "live" : connection.kind;
    setText(this.#label, connectionLabel(connection));
    this.tick(Date.now());
  }

  showHeartbeat(at: number | null): void {
    this.#heartbeatAt = at;
    this.tick(Date.now());
  }

  showCursor(cursor: string | null): void {
    setText(this.#cursor, cursor ?? "–");
  }

  showGap(gap: Gap | null): void {
    this.#gap.hidden = gap === null;
    setText(this.#gapText, gap === null ? "" : gapSentence(gap));
  }

  /** Once a second while somebody looks. */
  tick(now: number): void {
    const detail = connectionDetail(this.#connection, now);
    setText(this.#detail, detail);
    // The place where the bar has no room for the detail.
    setText(this.#state, detail || connectionLabel(this.#connection));
    setText(this.#heartbeat, this.#heartbeatAt === null ? "–" : `${age(now - this.#heartbeatAt)} ago`);
  }
}
