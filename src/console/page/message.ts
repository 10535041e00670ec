/** A message as the stream and the history send it: what comes from outside this page is looked at before it is used. */
import type { Media, Message } from "../../message.ts";

export type { Media, Message };

/** The message that this value is, or null when it is none. */
export function readMessage(value: unknown): Message | null {
  const { message_id, from, to, body, received_at, subject, media, cc, keyword, spam, recovered } =
    fields(value);
  if (typeof message_id !== "string" || typeof from !== "string" || typeof to !== "string") return null;
  if (typeof body !== "string" || typeof received_at !== "string") return null;
  const attached = list(media).flatMap((one) => readMedia(one) ?? []);
  const copied = list(cc).filter((one) => typeof one === "string");
  return {
    message_id,
    from,
    to,
    body,
    received_at,
    ...(typeof subject === "string" ? { subject } : {}),
    ...(attached.length > 0 ? { media: attached } : {}),
    ...(copied.length > 0 ? { cc: copied } : {}),
    ...(typeof keyword === "string" ? { keyword } : {}),
    ...(spam === true ? { spam } : {}),
    ...(recovered === true ? { recovered } : {}),
  };
}

function readMedia(value: unknown): Media | null {
  const { url, content_type, size, source_url, status, reason } = fields(value);
  if (typeof url !== "string") return null;
  return {
    url,
    ...(typeof content_type === "string" ? { content_type } : {}),
    ...(typeof size === "number" ? { size } : {}),
    ...(typeof source_url === "string" ? { source_url } : {}),
    ...(status === "pending" || status === "stored" || status === "failed" ? { status } : {}),
    ...(typeof reason === "string" ? { reason } : {}),
  };
}

/** The fields of an object, and none of anything else. */
export function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Of a JSON text, or an empty object for what is none. */
export function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
}
