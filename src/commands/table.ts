/** A table as text: columns that line up, a line for each row, no wider than it may be. */

export interface Column {
  readonly head: string;
  /** One for each row, without control characters. */
  readonly cells: readonly string[];
  /** What people wrote, which is cut short before numbers and ids are. */
  readonly isProse: boolean;
}

/** No frame: columns that line up can be read, and cut with other tools. */
const GAP = "  ";
/** Columns of the terminal in which something can still be told. */
const MIN_WIDTH = 8;

/** `maxWidth` is in columns of a terminal, where letters of some scripts take two; null where there is no terminal. */
export function formatTable(columns: readonly Column[], maxWidth: number | null): string {
  const texts = columns.map(({ head, cells }) => [head, ...cells]);
  const widths = texts.map((column) => Math.max(...column.map((text) => Bun.stringWidth(text))));
  if (maxWidth !== null) fit(widths, columns, maxWidth - GAP.length * (columns.length - 1));
  const lines = (texts[0] ?? []).map((_, row) =>
    texts
      // What is behind the last one is nothing: a text of a megabyte makes no other line as long.
      .map((column, i) =>
        i === texts.length - 1 && maxWidth === null
          ? (column[row] ?? "")
          : padded(column[row] ?? "", widths[i] ?? 0),
      )
      .join(GAP)
      .trimEnd(),
  );
  return lines.join("\n");
}

/** Takes from the widest, of prose first: what is narrow stays whole. One step for each column of the terminal. */
function fit(widths: number[], columns: readonly Column[], max: number): void {
  const sum = () => widths.reduce((total, width) => total + width, 0);
  for (const mayShrink of [({ isProse }: Column) => isProse, () => true]) {
    const candidates = [...widths.keys()].filter((i) => columns[i] && mayShrink(columns[i]));
    while (sum() > max) {
      const widest = candidates.reduce(
        (a, b) => ((widths[b] ?? 0) > (widths[a] ?? 0) ? b : a),
        candidates[0] ?? 0,
      );
      if (candidates.length === 0 || (widths[widest] ?? 0) <= MIN_WIDTH) break;
      widths[widest] = (widths[widest] ?? 0) - 1;
    }
  }
}

function padded(text: string, width: number): string {
  const shown = cutShort(text, width);
  return shown + " ".repeat(Math.max(0, width - Bun.stringWidth(shown)));
}

/** A text in lines of at most so many columns, broken at its spaces; a longer word stays whole, so that it can be copied. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && Bun.stringWidth(last) + 1 + Bun.stringWidth(word) <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

const graphemes = new Intl.Segmenter();
/** A letter may carry any number of marks; what is shown of it ends somewhere. */
const MAX_LENGTH = 1_000;

/** At most so many columns of a terminal, with `…` where there was more. `Bun.sliceAnsi` is one column off at times. */
export function cutShort(text: string, width: number): string {
  if (text.length <= MAX_LENGTH && Bun.stringWidth(text) <= width) return text;
  let shown = "";
  for (const { segment } of graphemes.segment(text.slice(0, MAX_LENGTH).toWellFormed())) {
    if (Bun.stringWidth(shown + segment) > width - 1) break;
    shown += segment;
  }
  return `${shown}…`;
}
