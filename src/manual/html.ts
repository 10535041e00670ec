/** The HTML of a chapter: one column, the contents beside it, no script. */
import { CONTENTS, type Entry } from "./contents.ts";

/** Our mark, as the console has it. */
const MARK = `<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="8"/><path d="M8 9v6a8 8 0 0 0 16 0V9M16 7v9"/></svg>`;
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='8' fill='%230b6e63'/%3E%3Cpath d='M8 9v6a8 8 0 0 0 16 0V9M16 7v9' fill='none' stroke='%23fff' stroke-width='3' stroke-linecap='round'/%3E%3C/svg%3E";

/** Addresses are relative, so that the page also works behind a proxy that puts a path before it. */
export function chapterHtml(entry: Entry, markdown: string, style: string): string {
  const at = CONTENTS.findIndex(({ name }) => name === entry.name);
  return page(entry.title, style, entry.name, `${htmlOf(markdown)}\n${neighbours(at)}`);
}

/** The page of all chapters. */
export function contentsHtml(style: string): string {
  const items = CONTENTS.map(
    ({ name, title, about }) => `<li><a href="${name}">${title}</a><br>${about}</li>`,
  );
  const text = `<h1>Manual</h1>\n<p>The same chapters are printed by <code>inlet help CHAPTER</code>. The API, with every parameter and answer, is in the <a href="../docs">reference</a>.</p>\n<ul class="chapters">\n${items.join("\n")}\n</ul>`;
  return page("Manual", style, "", text);
}

/** Ours, and nobody else's: still no markup is taken from it, and the page's policy lets no script run. */
function htmlOf(markdown: string): string {
  const options = { noHtmlBlocks: true, noHtmlSpans: true, headings: { ids: true } } as const;
  return Bun.markdown
    .html(markdown.replaceAll(/\]\(([a-z]+)\.md/g, "]($1"), options)
    .replaceAll("<th></th>", "<td></td>") // a head that names nothing is none
    .replaceAll("<table>", '<div class="wide" tabindex="0"><table>')
    .replaceAll("</table>", "</table></div>")
    .replaceAll("<pre>", '<pre tabindex="0">')
    .replaceAll('<a href="http', '<a rel="noreferrer" href="http');
}

function neighbours(at: number): string {
  const [before, after] = [CONTENTS[at - 1], CONTENTS[at + 1]];
  const links = [
    ...(before ? [`<a rel="prev" href="${before.name}">← ${before.title}</a>`] : []),
    ...(after ? [`<a rel="next" href="${after.name}">${after.title} →</a>`] : []),
  ];
  return `<nav class="neighbours" aria-label="Next to this chapter">${links.join("")}</nav>`;
}

function page(title: string, style: string, current: string, content: string): string {
  const items = CONTENTS.map(
    ({ name, title: words }) =>
      `<li><a href="${name}"${name === current ? ' aria-current="page"' : ""}>${words}</a></li>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Inlet</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="${style}">
</head>
<body>
<a class="skip" href="#content">Skip to the text</a>
<header>
<a class="brand" href="../">${MARK} Inlet</a>
<nav aria-label="Pages"><a href="../">Console</a><a href="manual"${current === "" ? ' aria-current="page"' : ""}>Manual</a><a href="../docs">API</a></nav>
</header>
<div class="columns">
<nav class="contents" aria-label="Chapters"><ul>${items.join("")}</ul></nav>
<main id="content" tabindex="-1">
${content}
</main>
</div>
</body>
</html>
`;
}
