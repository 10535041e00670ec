/**
 * Plain `fetch`: the package `eventsource` lets a program end at the first cut, because its wait does not keep a
 * process alive (5.1.5). A stream of Inlet has its data on one line each.
 */

export function javascriptSnippet(url: string, cursor: string, silenceSeconds: number): string {
  return `// follow.mjs, for Node.js 18 or newer, Bun or Deno; nothing to install
import { env, exit } from "node:process";

const url = "${url}";
const silence = ${silenceSeconds}_000; // three heartbeats, in ms
let cursor = "${cursor}";
let retry = 2000;

for (;;) {
  await follow().catch((error) => console.error("lost:", error.message));
  await new Promise((resolve) => setTimeout(resolve, retry));
}

async function follow() {
  const abort = new AbortController();
  let watchdog = setTimeout(() => abort.abort(), silence);
  const headers = { Authorization: \`Bearer \${env.INLET_KEY}\`, "Last-Event-ID": cursor };
  const response = await fetch(url, { headers, signal: abort.signal });
  if ([400, 401, 403].includes(response.status)) {
    console.error("refused:", await response.text());
    exit(1);
  }
  if (!response.ok) throw new Error(\`the server answered \${response.status}\`);
  let text = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => abort.abort(), silence);
    const frames = (text + chunk).split("\\n\\n");
    text = frames.pop();
    for (const frame of frames) {
      const event = Object.fromEntries(frame.split("\\n").map((line) => line.split(/: (.*)/)));
      if (event.event === "sms_received") {
        const message = JSON.parse(event.data);
        console.log(\`\${message.from}: \${message.body}\`);
      }
      cursor = event.id ?? cursor;
      retry = Number(event.retry ?? retry);
    }
  }
  clearTimeout(watchdog);
}
`;
}
