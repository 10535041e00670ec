/**
 * A message as everyone outside sees it where pictures are kept: addresses are made when it is shown, from what the
 * service is reached by then, and none of them is stored.
 */
import type { Read } from "../database/result.ts";
import type { Media, Message, Show } from "../message.ts";
import { isSmil } from "../messages/pictures.ts";
import { type Picture, picturesOf } from "./rows.ts";

export interface ViewOptions {
  /** Whether pictures are kept now; otherwise messages are as if they had never been. */
  readonly keeps: boolean;
  /** Without a slash at its end; null for paths. */
  readonly publicUrl: string | null;
}

export class View {
  readonly #keeps: boolean;
  readonly #publicUrl: string;

  constructor({ keeps, publicUrl }: ViewOptions) {
    this.#keeps = keeps;
    this.#publicUrl = publicUrl ?? "";
  }

  /** As on the stream. Most messages have no picture, and are the same. */
  readonly show: Show = (message) => this.#with(message, null);

  /** As in the history: with what became of each picture. Reads nothing where there is none. */
  async described(read: Read, messages: readonly Message[]): Promise<Show> {
    const ids = messages
      .filter(({ media }) => media?.some(({ kept }) => kept))
      .map(({ message_id }) => message_id);
    if (!this.#keeps || ids.length === 0) return this.show;
    const pictures = await picturesOf(read, ids);
    return (message) => this.#with(message, pictures.get(message.message_id) ?? []);
  }

  #with(message: Message, pictures: readonly Picture[] | null): Message {
    if (!message.media?.some(({ kept }) => kept)) return message;
    const { media: all, ...rest } = message;
    const media = all.flatMap((each, n) => {
      if (this.#keeps && isSmil(each)) return [];
      const picture = pictures?.find((found) => found.n === n) ?? (pictures ? GONE : null);
      return [this.#medium(message.message_id, n, each, picture)];
    });
    return media.length > 0 ? { ...rest, media } : rest;
  }

  #medium(messageId: string, n: number, medium: Media, picture: Described | null): Media {
    const { kept, url, ...rest } = medium;
    if (!kept || !this.#keeps) return { url, ...rest };
    const { status, reason, type, size } = picture ?? {};
    return {
      url: `${this.#publicUrl}/api/v1/sms/messages/${messageId}/media/${n}`,
      ...rest,
      ...(type ? { content_type: type } : {}),
      ...(size != null ? { size } : {}),
      source_url: url,
      ...(status ? { status } : {}),
      ...(reason ? { reason } : {}),
    };
  }
}

type Described = Pick<Picture, "status" | "reason" | "type" | "size">;

/** Its row went with its account. */
const GONE: Described = { status: "failed", reason: "gone", type: null, size: null };
