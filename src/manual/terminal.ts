/** A chapter for people at a terminal. In a pipe it stays Markdown, which every program reads. */

/** Wider lines are hard to follow. */
const MAX_COLUMNS = 100;

/** What Bun puts around code; it would be copied with it. */
const CODE_TOP = "\u001B[2m┌─ ";
const CODE_SIDE = "\u001B[2m│ \u001B[0m";
const CODE_BOTTOM = "\u001B[2m└─\u001B[0m";

/** `columns` is the terminal's width. */
export function forTerminal(markdown: string, columns: number): string {
  const text = markdown
    // The other chapters: by the command that prints them.
    .replaceAll(
      /\[([^\]]+)\]\(([a-z]+)\.md(?:#[^)]*)?\)/g,
      (_, words, name) => `${words} (\`inlet help ${name}\`)`,
    );
  const shown = Bun.markdown.ansi(text, { columns: Math.min(columns, MAX_COLUMNS), colors: true });
  return shown.split("\n").map(withoutFrame).join("\n");
}

function withoutFrame(line: string): string {
  if (line.startsWith(CODE_SIDE)) return `    ${line.slice(CODE_SIDE.length)}`;
  return line.startsWith(CODE_TOP) || line === CODE_BOTTOM ? "" : line;
}
