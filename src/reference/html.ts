/** The HTML of the reference page, which holds nothing but the addresses of its parts. */

export interface PartNames {
  readonly library: { readonly js: string; readonly css: string };
  readonly docs: { readonly js: string; readonly css: string };
}

/** Addresses are relative, so that the page also works behind a proxy that puts a path before it. */
export function pageHtml({ library, docs }: PartNames): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Inlet API reference</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='8' fill='%230b6e63'/%3E%3Cpath d='M8 9v6a8 8 0 0 0 16 0V9M16 7v9' fill='none' stroke='%23fff' stroke-width='3' stroke-linecap='round'/%3E%3C/svg%3E">
<link rel="stylesheet" href="docs/${library.css}">
<link rel="stylesheet" href="docs/${docs.css}">
</head>
<body>
<header>
<a class="brand" href="./"><svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="8"/><path d="M8 9v6a8 8 0 0 0 16 0V9M16 7v9"/></svg> Inlet</a>
<nav aria-label="Pages"><a href="./">Console</a><a href="docs/manual">Manual</a><a href="docs" aria-current="page">API</a></nav>
</header>
<main id="reference"><noscript><p>This page needs JavaScript. What it shows is in <a href="openapi.json">openapi.json</a>.</p></noscript></main>
<footer>Shown by <a href="https://github.com/swagger-api/swagger-ui" rel="noreferrer">Swagger UI</a>, © SmartBear Software, Apache License 2.0. Nothing on this page is loaded from elsewhere. A key that you enter stays in this page until you leave it.</footer>
<script src="docs/${library.js}"></script>
<script src="docs/${docs.js}"></script>
</body>
</html>
`;
}
