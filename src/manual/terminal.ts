/** A chapter for people at a terminal. In a pipe it stays Markdown, which every program reads. */

/** Wider lines are hard to follow. */
const MAX_COLUMNS = 100;

/** What Bun puts around code; it would be copied with it. */
const CODE_TOP = "\u001B[2m┌─ ";
const CODE_SIDE = "\u001B[2m│ \u001B[0m";
const CODE_BOTTOM = "\u001B[2m└─\u001B[0m";
/** What it puts around words of code: a dark ground, which a light terminal has not. */
const WORDS_BEGIN = "\u001B[48;5;236m\u001B[38;5;215m";
const WORDS_END = "\u001B[39m\u001B[49m";

/** `columns` is the terminal's width. */
export function forTerminal(markdown: string, columns: number): string {
  const text = markdown
    // The other chapters: by the command that prints them.
    .replaceAll(
      /\[([^\]]+)\]\(([a-z]+)\.md(?:#[^)]*)?\)/g,
      (_, words, name) => `${words} (\`inlet help ${name}\`)`,
    );
  const theme = { columns: Math.min(columns, MAX_COLUMNS), colors: true, light: false };
  const shown = Bun.markdown.ansi(text, theme).replaceAll(WORDS_BEGIN, "\u001B[36m");
  const lines = shown.replaceAll(WORDS_END, "\u001B[39m").split("\n").map(withoutFrame);
  return lines.join("\n").replaceAll(/\n{3,}/g, "\n\n");
}

function withoutFrame(line: string): string {
  if (line.startsWith(CODE_SIDE)) return `    ${line.slice(CODE_SIDE.length)}`;
  return line.startsWith(CODE_TOP) || line === CODE_BOTTOM ? "" : line;
}
