/** Puts a text on the clipboard, also where the page came over plain HTTP from another machine. */

/** Resolves to whether it is there; otherwise the text in `shown` is selected, for the reader to copy. */
export async function copyText(text: string, shown: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // There is no clipboard outside a secure context, and a browser may refuse it inside one.
    getSelection()?.selectAllChildren(shown);
    // Deprecated, and the only way that is left there.
    return document.execCommand("copy");
  }
}
