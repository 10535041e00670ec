// Shows the document of the server that this page came from. Requests go to that server alone.

/** A stream has no end to wait for: it is read for so long, and what came is shown. */
const FOLLOW_MS = 5_000;

const dark = matchMedia("(prefers-color-scheme: dark)");
const followScheme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", followScheme);
followScheme();

/** Where the page lies: `/`, or what a proxy has put before it. */
const base = new URL(".", location.href).pathname.replace(/\/$/, "");

/** Stands in for fetch: what a stream sent within FOLLOW_MS, as a whole answer. */
async function fetchBriefly(url, options) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), FOLLOW_MS);
  let text = "";
  try {
    const response = await fetch(url, { ...options, signal: abort.signal });
    const { status, statusText, headers, body } = response;
    try {
      for await (const chunk of body.pipeThrough(new TextDecoderStream())) text += chunk;
    } catch (error) {
      if (!abort.signal.aborted) throw error;
      text += `: this page stopped reading after ${FOLLOW_MS / 1000} seconds\n`;
    }
    return new Response(text, { status, statusText, headers });
  } finally {
    clearTimeout(timer);
  }
}

async function show() {
  const response = await fetch("openapi.json");
  if (!response.ok) throw new Error(`openapi.json was answered ${response.status}`);
  const spec = await response.json();
  SwaggerUIBundle({
    spec: { ...spec, servers: [{ url: base || "/" }] },
    dom_id: "#reference",
    deepLinking: true,
    docExpansion: "list",
    defaultModelExpandDepth: 2,
    defaultModelsExpandDepth: 1,
    displayRequestDuration: true,
    validatorUrl: "none",
    requestInterceptor: (request) =>
      new URL(request.url, location.href).pathname.endsWith("/sms/stream")
        ? Object.assign(request, { userFetch: fetchBriefly })
        : request,
  });
}

show().catch((error) => {
  document.getElementById("reference").textContent = `The reference cannot be shown: ${error.message}`;
});
