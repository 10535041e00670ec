/** A message as a row of the list. All of it is text; the only links are the media's, and none is followed by itself. */
import { exactTime } from "./clock.ts";
import { element } from "./dom.ts";
import { type Hits, marked } from "./hits.ts";
import type { Media, Message } from "./message.ts";
import { keptMedium, type LoadPicture, placeOf } from "./picture.ts";
import { beginning, oneLine, readable, readableSize, safeUrl, visible } from "./text.ts";

export interface Row {
  readonly message: Message;
  readonly item: HTMLLIElement;
  readonly time: HTMLTimeElement;
  readonly receivedAt: Date;
}

/** The label of one of our numbers, or null. */
export type LabelOf = (number: string) => string | null;

/** What all rows have in common. */
export interface RowsOf {
  readonly labelOf: LabelOf;
  /** Fetches a kept picture, when somebody asks for it. */
  readonly load: LoadPicture;
}

interface RowOptions extends RowsOf {
  /** What of a text is marked. */
  readonly hits: Hits;
}

/** The time stands empty, until the list fills it in. */
export function messageRow(message: Message, { labelOf, load, hits }: RowOptions): Row {
  const receivedAt = new Date(message.received_at);
  const time = element("time", { datetime: message.received_at, title: exactTime(message.received_at) });
  const head = element("div", { class: "message-head" }, parties(message, labelOf), ...badges(message), time);
  const act = element(
    "button",
    { type: "button", class: "act", "aria-label": "Actions", tabindex: "-1" },
    "⋯",
  );
  head.append(act);
  const line = element("div", { class: "line" }, head);
  const item = element("li", { class: "message", "data-id": message.message_id, tabindex: "-1" }, line);
  if (message.subject) line.append(...shown(message.subject, "subject", hits));
  if (message.body !== "") line.append(...shown(message.body, "body", hits));
  const { media, message_id } = message;
  const shownMedium = (each: Media): HTMLLIElement => {
    const n = placeOf(each);
    return n === null ? medium(each) : keptMedium(message_id, n, each, load);
  };
  if (media) line.append(element("ul", { class: "media" }, ...media.map(shownMedium)));
  if (message.body === "" && !message.subject && !message.media)
    line.append(element("p", { class: "body nothing" }, "No text"));
  return { message, item, time, receivedAt };
}

function parties({ from, to }: Message, labelOf: LabelOf): HTMLElement {
  return element(
    "span",
    { class: "parties" },
    element("bdi", { class: "from", title: oneLine(from) }, readable(from)),
    element("span", { class: "visually-hidden" }, " to "),
    element("bdi", { class: "to", title: oneLine(to) }, labelOf(to) ?? readable(to)),
  );
}

function badges({ keyword, spam, recovered, cc }: Message): HTMLElement[] {
  const found: HTMLElement[] = [];
  if (keyword) {
    const title = "A keyword: Telnyx has already answered it";
    found.push(element("span", { class: "badge", title }, oneLine(keyword)));
  }
  if (spam) {
    const title = "Telnyx takes this for spam";
    found.push(element("span", { class: "badge warning", title }, "Spam"));
  }
  if (recovered) {
    const title = "Its webhook never arrived: it was fetched from Telnyx later";
    found.push(element("span", { class: "badge", title }, "Recovered"));
  }
  if (cc) {
    const title = `Also to ${cc.map(readable).join(", ")}`;
    found.push(element("span", { class: "badge", title }, `Group of ${cc.length + 2}`));
  }
  return found;
}

/** A long one is shown in part, until somebody asks for the rest, and again when they have seen it. */
function shown(text: string, kind: "subject" | "body", hits: Hits): HTMLElement[] {
  const start = beginning(text);
  const first = marked(visible(start === null ? text : `${start}…`), hits);
  const paragraph = element("p", { class: kind, dir: "auto" }, ...first);
  if (start === null) return [paragraph];
  const size = text.length.toLocaleString("en");
  const all = `Show all ${size} characters`;
  const more = element("button", { type: "button", class: "quiet more", "aria-expanded": "false" }, all);
  more.addEventListener("click", () => {
    const isWhole = more.getAttribute("aria-expanded") !== "true";
    paragraph.replaceChildren(...(isWhole ? marked(visible(text), hits) : first));
    more.setAttribute("aria-expanded", String(isWhole));
    more.textContent = isWhole ? "Show less" : all;
    // The end of a long text is far from its beginning, where the reader came from.
    if (!isWhole) paragraph.scrollIntoView({ block: "nearest" });
  });
  return [paragraph, more];
}

function medium({ url, content_type, size }: Media): HTMLLIElement {
  const type = oneLine(content_type ?? "attachment");
  const address = safeUrl(url);
  const label = [element("span", { class: "type" }, type)];
  if (size !== undefined) label.push(element("span", { class: "size" }, readableSize(size)));
  if (!address) return element("li", {}, element("span", { class: "medium", title: oneLine(url) }, ...label));
  const link = element(
    "a",
    {
      class: "medium",
      href: address.href,
      target: "_blank",
      rel: "noopener noreferrer",
      referrerpolicy: "no-referrer",
      title: `Opens ${address.host} in a new tab`,
    },
    ...label,
  );
  return element("li", {}, link);
}
