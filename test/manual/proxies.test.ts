/** The manual's Caddyfile and nginx.conf, with the real programs in front of the executable. */
import { expect, setDefaultTimeout } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { selfSigned } from "../harness/certificate.ts";
import { atTheEnd, emptyFolder } from "../harness/cleanup.ts";
import { bareEnv } from "../harness/cli.ts";
import { freePort } from "../harness/ports.ts";
import { testWith } from "../harness/programs.ts";
import { addTenant, type Server, startServer } from "../harness/server.ts";
import { signedHeaders, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";
import { blockWith } from "./blocks.ts";

setDefaultTimeout(60_000);

const insecure = { tls: { rejectUnauthorized: false } };
const NUMBER = "+14155559999";

/** Replaces each word of the block, which must be in it. */
function withWords(block: string, words: Readonly<Record<string, string>>): string {
  let text = block;
  for (const [word, other] of Object.entries(words)) {
    if (!text.includes(word)) throw new Error(`the block has no ${word}`);
    text = text.replaceAll(word, other);
  }
  return text;
}

function start(command: readonly string[], folder: string): void {
  const env = bareEnv({ HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder });
  const child = Bun.spawn([...command], { cwd: folder, env, stdout: "ignore", stderr: "ignore" });
  atTheEnd(() => child.kill("SIGTERM"));
}

/** Through the proxy at `url`, whose access log is the file: an event comes at once, and no ticket is logged. */
async function works(server: Server, url: string, accessLog: string): Promise<void> {
  const { key } = await addTenant(server.folder, NUMBER);
  await until("the proxy listens", async () => {
    const answer = await fetch(`${url}/readyz`, insecure).catch(() => null);
    return answer?.status === 200;
  });
  const headers = { authorization: `Bearer ${key}` };
  const issued = await fetch(`${url}/api/v1/sms/stream/tickets`, { method: "POST", headers, ...insecure });
  const { data } = (await issued.json()) as { data: { ticket: string; url: string } };
  expect(data.url).toStartWith("https://sms.example.com/");
  const stream = await fetch(`${url}/api/v1/sms/stream?ticket=${data.ticket}`, {
    headers: { "accept-encoding": "gzip" },
    ...insecure,
  });
  expect([stream.status, stream.headers.get("content-encoding")]).toEqual([200, null]);
  let seen = "";
  const gather = async () => {
    for await (const chunk of stream.body ?? []) seen += new TextDecoder().decode(chunk);
  };
  const ended = gather().catch(() => undefined); // a proxy may cut what its server has ended
  await until("connected", () => seen.includes("event: connected"));
  const body = JSON.stringify(smsEvent(NUMBER, "through the proxy"));
  const sent = await fetch(`${url}/webhooks/telnyx`, {
    method: "POST",
    headers: signedHeaders(server.telnyx, body),
    body,
    ...insecure,
  });
  expect(sent.status).toBe(200);
  await until("the event, at once", () => seen.includes("through the proxy"), 2_000);
  // The address from which somebody connects counts, and nothing that is made up.
  expect(await guess(url, "127.0.0.2", 70)).toContain("429");
  expect(await guess(url, "127.0.0.2", 1, "203.0.113.9")).toEqual(["429"]);
  expect(await guess(url, "127.0.0.3", 1)).toEqual(["401"]);
  await server.stop();
  await ended;
  expect(seen).toContain("event: closing");
  const logged = await until("the access log", () => {
    const text = readFileSync(accessLog, "utf8");
    return text.includes('/api/v1/sms/stream"') || text.includes("/api/v1/sms/stream ") ? text : null;
  });
  expect(logged).not.toContain(data.ticket);
  expect(logged).not.toContain(key);
}

/** How so many wrong keys from this address are answered. */
async function guess(url: string, from: string, count: number, forwardedFor = ""): Promise<string[]> {
  const child = Bun.spawn([
    ...["curl", "-sk", "--interface", from, "-o", "/dev/null", "-w", "%{http_code}\n"],
    ...["-H", "Authorization: Bearer inlet_guess"],
    ...(forwardedFor === "" ? [] : ["-H", `X-Forwarded-For: ${forwardedFor}`]),
    `${url}/api/v1/me?[1-${count}]`,
  ]);
  return (await new Response(child.stdout).text()).trim().split("\n");
}

function behindProxy(): Promise<Server> {
  return startServer({ env: { TRUST_PROXY: "127.0.0.1", PUBLIC_URL: "https://sms.example.com" } });
}

testWith("caddy", "caddy")(
  "Caddy hands on each event, the client's address, and no ticket to its log",
  async () => {
    const server = await behindProxy();
    const [folder, port] = [emptyFolder(), await freePort()];
    const log = join(folder, "access.log");
    const site = withWords(await blockWith("src/manual/deploy.md", "reverse_proxy"), {
      "sms.example.com {": `http://127.0.0.1:${port} {`,
      "127.0.0.1:3000": new URL(server.url).host,
      "/var/log/caddy/sms.log": log,
    });
    writeFileSync(join(folder, "Caddyfile"), `{\n\tadmin off\n}\n${site}`);
    start(["caddy", "run", "--config", "Caddyfile"], folder);
    await works(server, `http://127.0.0.1:${port}`, log);
  },
);

testWith("nginx", "nginx")(
  "nginx hands on each event, the client's address, and no ticket to its log",
  async () => {
    const server = await behindProxy();
    const [folder, port] = [emptyFolder(), await freePort()];
    const log = join(folder, "access.log");
    const { cert, key } = selfSigned();
    const site = withWords(await blockWith("src/manual/deploy.md", "proxy_pass"), {
      "listen 443 ": `listen 127.0.0.1:${port} `,
      "127.0.0.1:3000": new URL(server.url).host,
      "/etc/inlet/fullchain.pem": cert,
      "/etc/inlet/privkey.pem": key,
      "/var/log/nginx/sms.log": log,
    });
    mkdirSync(join(folder, "tmp"));
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    const paths = temporary.map((name) => `${name}_temp_path ${join(folder, "tmp", name)};`).join("\n");
    const conf = `pid ${join(folder, "pid")};\nerror_log ${join(folder, "error.log")};\nevents {}\nhttp {\n${paths}\n${site}\n}\n`;
    writeFileSync(join(folder, "nginx.conf"), conf);
    start(
      [
        "nginx",
        "-e",
        join(folder, "error.log"),
        "-p",
        folder,
        "-c",
        join(folder, "nginx.conf"),
        "-g",
        "daemon off;",
      ],
      folder,
    );
    await works(server, `https://127.0.0.1:${port}`, log);
  },
);
