/** A text at Telnyx, and what its lists and its webhook say of it. */
import { randomUUID } from "node:crypto";

export interface TextOptions {
  readonly to: string;
  readonly body?: string;
  readonly from?: string;
  /** Milliseconds since 1970. */
  readonly at?: number;
  readonly profileId?: string;
  /** Where its webhook goes. */
  readonly url?: string;
  /** Replaces or adds fields of the payload. */
  readonly payload?: Readonly<Record<string, unknown>>;
  /** Replaces or adds fields of the event. */
  readonly event?: Readonly<Record<string, unknown>>;
  /** In the list of deliveries, from then on; never where it is false. */
  readonly isListed?: boolean;
  readonly isRecorded?: boolean;
  /** In the answer for one message. */
  readonly isRedacted?: boolean;
  readonly isExpired?: boolean;
}

export interface Attempt {
  readonly url: string;
  readonly status: number | null;
}

export class Text {
  readonly id = randomUUID();
  readonly deliveryId = randomUUID();
  readonly eventId = randomUUID();
  readonly options: TextOptions;
  readonly at: number;
  /** Newest first. */
  readonly attempts: Attempt[] = [];
  /** Null while it is under way. */
  status: "delivered" | "failed" | null = null;
  isListed: boolean;
  isRecorded: boolean;
  isRedacted: boolean;
  isExpired: boolean;

  constructor(options: TextOptions, at: number) {
    this.options = options;
    this.at = options.at ?? at;
    this.isListed = options.isListed ?? true;
    this.isRecorded = options.isRecorded ?? true;
    this.isRedacted = options.isRedacted ?? false;
    this.isExpired = options.isExpired ?? false;
  }

  get #time(): string {
    return new Date(this.at).toISOString();
  }

  get payload(): Record<string, unknown> {
    const { to, from = "+13125550001", body = "Hello!", profileId, payload } = this.options;
    return {
      direction: "inbound",
      from: { phone_number: from, carrier: "", line_type: "Wireless" },
      id: this.id,
      media: [],
      ...(profileId === undefined ? {} : { messaging_profile_id: profileId }),
      received_at: this.#time,
      record_type: "message",
      text: body,
      to: [{ phone_number: to }],
      type: "SMS",
      ...payload,
    };
  }

  get event(): Record<string, unknown> {
    return {
      event_type: "message.received",
      id: this.eventId,
      occurred_at: this.#time,
      payload: this.payload,
      record_type: "event",
      ...this.options.event,
    };
  }

  webhook(attempt: number, url: string): string {
    return JSON.stringify({ data: this.event, meta: { attempt, delivered_to: url } });
  }

  /** A row of `webhook_deliveries`. */
  get delivery(): Record<string, unknown> {
    return {
      attempts: this.attempts.map(({ url, status }) => ({
        started_at: this.#time,
        finished_at: this.#time,
        status: status !== null && status < 300 ? "delivered" : "failed",
        ...(status === null ? { errors: [75002] } : {}),
        http: {
          request: { url, headers: [["Accept", "*/*"]] },
          ...(status === null ? {} : { response: { status } }),
        },
      })),
      id: this.deliveryId,
      record_type: "webhook_delivery",
      started_at: this.#time,
      ...(this.status === null ? {} : { status: this.status, finished_at: this.#time }),
      webhook: this.event,
    };
  }

  /** A row of `detail_records`. */
  get record(): Record<string, unknown> {
    const { to, from = "+13125550001", profileId, url, payload } = this.options;
    return {
      cld: to,
      cli: from,
      created_at: this.#time,
      ...(url === undefined ? {} : { delivery_status_webhook_url: url }),
      direction: "inbound",
      message_type: payload?.type ?? "SMS",
      ...(profileId === undefined ? {} : { profile_id: profileId }),
      record_type: "message_detail_record",
      uuid: this.id,
    };
  }

  /** Redaction is applied when a message is read. */
  get message(): Record<string, unknown> {
    const { from = "+13125550001" } = this.options;
    if (!this.isRedacted) return this.payload;
    return { ...this.payload, text: "", from: { phone_number: `${from.slice(0, 5)}*******` } };
  }
}
