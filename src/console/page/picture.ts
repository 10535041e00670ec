/**
 * A picture that the server keeps: fetched when somebody asks for it, with the key, and shown from this tab's memory. What
 * is no image is handed over as a download. Nothing is fetched by itself: strangers send these.
 */
import { element, onClick, setText } from "./dom.ts";
import type { Media } from "./message.ts";
import { oneLine, readableSize } from "./text.ts";

/** Of a message, the file at this place. */
export type LoadPicture = (messageId: string, n: number) => Promise<Blob>;

/** How long a browser may take to begin a download. */
const DOWNLOAD_MS = 60_000;

/** The place of a medium that the server keeps, by its address; null for any other. */
export function placeOf({ url, source_url }: Media): number | null {
  const [, n] = source_url === undefined ? [] : (/\/media\/([0-9]{1,6})$/.exec(url) ?? []);
  return n === undefined ? null : Number(n);
}

export function keptMedium(messageId: string, n: number, medium: Media, load: LoadPicture): HTMLLIElement {
  const { content_type, size, status, reason } = medium;
  const type = element("span", { class: "type" }, oneLine(content_type ?? "attachment"));
  const note = element(
    "span",
    { class: "size", role: "status" },
    size === undefined ? "" : readableSize(size),
  );
  if (status === "failed") {
    setText(note, `not kept: ${oneLine(reason ?? "failed").replaceAll("_", " ")}`);
    return element("li", {}, element("span", { class: "medium" }, type, note));
  }
  const button = element("button", { type: "button", class: "medium", title: "Shows the file" }, type, note);
  const item = element("li", {}, button);
  onClick(button, () => {
    button.setAttribute("aria-disabled", "true");
    setText(note, "Loading…");
    load(messageId, n)
      .then((file) => show(item, button, note, file))
      .catch((error: unknown) => {
        setText(note, error instanceof Error ? error.message : "It cannot be shown.");
        button.removeAttribute("aria-disabled");
      });
  });
  return item;
}

/** The address is given back as soon as the browser has what it wants. */
function show(item: HTMLLIElement, button: HTMLButtonElement, note: HTMLElement, file: Blob): void {
  const address = URL.createObjectURL(file);
  const release = () => URL.revokeObjectURL(address);
  if (!file.type.startsWith("image/")) {
    element("a", { href: address, download: "" }).click();
    setTimeout(release, DOWNLOAD_MS);
    setText(note, readableSize(file.size));
    button.removeAttribute("aria-disabled");
    return;
  }
  const image = element("img", { class: "picture", alt: "A picture of this message", tabindex: "-1" });
  image.addEventListener("load", () => {
    release();
    const hadFocus = document.activeElement === button;
    item.replaceChildren(image);
    if (hadFocus) image.focus();
  });
  image.addEventListener("error", () => {
    release();
    setText(note, "This browser cannot show it.");
  });
  image.src = address;
}
