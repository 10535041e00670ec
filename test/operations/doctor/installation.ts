/** A sound installation: a server on its database, behind a proxy with a certificate, and a Telnyx that sends to it. */
import type { Diagnosis } from "../../../src/operations/doctor/doctor.ts";
import type { Finding } from "../../../src/operations/doctor/finding.ts";
import { selfSigned } from "../../harness/certificate.ts";
import { atTheEnd } from "../../harness/cleanup.ts";
import { type Env, inlet } from "../../harness/cli.ts";
import { addTenant, type Server, startServer, type Tenant } from "../../harness/server.ts";
import { TelnyxStandin } from "../../telnyx/standin/telnyx.ts";

export const NUMBER = "+14155550177";

export interface Installation {
  readonly telnyx: TelnyxStandin;
  readonly server: Server;
  readonly tenant: Tenant;
  readonly profileId: string;
  /** For the doctor; absent where a test says undefined. */
  readonly env: Env;
  readonly proxy: Proxy;
  /** `inlet doctor --json`, with these variables instead; it must print one object and nothing else. */
  readonly doctor: (env?: Readonly<Record<string, string | undefined>>) => Promise<Examined>;
}

export interface Examined extends Diagnosis {
  readonly code: number;
  readonly of: (check: string) => Finding;
  /** All that is neither ok nor skipped, as `check level`. */
  readonly faults: readonly string[];
}

/** Hands on what comes. */
export interface Proxy {
  readonly url: string;
  mode: "open" | "buffering" | "closed";
}

export async function soundInstallation(): Promise<Installation> {
  const telnyx = new TelnyxStandin();
  const certificate = selfSigned();
  const server = await startServer({ telnyx: telnyx.key });
  const tenant = await addTenant(server.folder, NUMBER);
  const proxy = await proxyTo(server.url, certificate.cert, certificate.key);
  const profileId = telnyx.inventory.addProfile("Inlet", { webhook_url: `${proxy.url}/webhooks/telnyx` });
  telnyx.inventory.addNumber({ number: NUMBER, profileId });
  telnyx.webhookUrl = `${server.url}/webhooks/telnyx`;
  await telnyx.send({ to: NUMBER, body: "the secret of a body", profileId, at: Date.now() - 3_600_000 });
  const env = {
    ...telnyx.env,
    PORT: new URL(server.url).port,
    TELNYX_PUBLIC_KEY: telnyx.key.publicKey,
    PUBLIC_URL: proxy.url,
    NODE_EXTRA_CA_CERTS: certificate.cert,
  };
  const doctor = (changes: Readonly<Record<string, string | undefined>> = {}) =>
    examined(server.folder, { ...env, ...changes });
  return { telnyx, server, tenant, profileId, env, proxy, doctor };
}

/** `inlet doctor --json` in this folder. Throws where that is not one object. */
export async function examined(
  folder: string,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<Examined> {
  const env = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined)) as Env;
  const { code, stdout, stderr } = await inlet(folder, ["doctor", "--json"], env);
  if (stderr !== "" || code === 2) throw new Error(`inlet doctor ended with ${code}: ${stderr}${stdout}`);
  const diagnosis = JSON.parse(stdout) as Diagnosis;
  const of = (check: string) => {
    const found = diagnosis.findings.find((finding) => finding.check === check);
    if (!found) throw new Error(`no finding of ${check} in ${stdout}`);
    return found;
  };
  const faults = diagnosis.findings
    .filter(({ level }) => level === "error" || level === "warning")
    .map(({ check, level }) => `${check} ${level}`);
  return { ...diagnosis, code, of, faults };
}

async function proxyTo(target: string, certPath: string, keyPath: string): Promise<Proxy> {
  const [cert, key] = await Promise.all([Bun.file(certPath).text(), Bun.file(keyPath).text()]);
  const proxy: Proxy = { url: "", mode: "open" };
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    tls: { cert, key },
    idleTimeout: 60,
    fetch: async (request) => {
      if (proxy.mode === "closed") return new Response("no", { status: 502 });
      const { pathname, search } = new URL(request.url);
      const { method, headers, signal } = request;
      const answer = await fetch(target + pathname + search, { method, headers, signal });
      return proxy.mode === "open" ? answer : new Response(await answer.text(), answer);
    },
  });
  atTheEnd(() => server.stop(true));
  return Object.assign(proxy, { url: server.url.origin });
}
