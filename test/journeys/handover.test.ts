/** A new release, or a new certificate: the new process listens beside the old one, which then ends. Nothing is dropped. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { connect as connectTls } from "node:tls";
import { selfSigned } from "../harness/certificate.ts";
import { inlet } from "../harness/cli.ts";
import { freePort } from "../harness/ports.ts";
import { addTenant, type Server, startServer } from "../harness/server.ts";
import { signedHeaders, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";

setDefaultTimeout(120_000);

/** The serial number of the certificate that is served. */
function serialAt(url: string): Promise<string> {
  const { port } = new URL(url);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connectTls({ host: "127.0.0.1", port: Number(port), rejectUnauthorized: false }, () => {
    resolve(socket.getPeerCertificate().serialNumber);
    socket.end();
  });
  socket.on("error", reject);
  return promise;
}

test("no webhook is dropped while one process takes over from another, and the new certificate is served", async () => {
  const port = String(await freePort());
  const certificates = [selfSigned(), selfSigned(), selfSigned()];
  let old: Server | null = null;
  const next = async (index: number) =>
    startServer({
      args: ["--share-port"],
      env: { PORT: port, MAX_STREAMS: "1000", ...certificates[index]?.env },
      ...(old ? { folder: old.folder, telnyx: old.telnyx } : {}),
    });
  old = await next(0);
  const { url, folder, telnyx } = old;
  const { number } = await addTenant(folder, "+14155550941");

  let isOver = false;
  const answers: (number | string)[] = [];
  const send = async (sender: number) => {
    for (let i = 0; !isOver; i++) {
      const body = JSON.stringify(smsEvent(number, `${sender}-${i}`));
      // A new connection each time: which of the processes takes it is the kernel's to say.
      const headers = { ...signedHeaders(telnyx, body), connection: "close" };
      const tls = { rejectUnauthorized: false };
      const answer = fetch(`${url}/webhooks/telnyx`, {
        method: "POST",
        body,
        headers,
        tls,
        keepalive: false,
      });
      answers.push(await answer.then((response) => response.status).catch(String));
    }
  };
  const senders = [1, 2, 3].map(send);
  const serials = [await serialAt(url)];
  for (const index of [1, 2]) {
    const before = answers.length;
    await until("webhooks before", () => answers.length > before + 20);
    const young = await next(index);
    expect(await old.stop()).toBe(0);
    old = young;
    serials.push(await serialAt(url));
    const after = answers.length;
    await until("webhooks after", () => answers.length > after + 20);
  }
  isOver = true;
  await Promise.all(senders);
  expect(answers.filter((answer) => answer !== 200)).toEqual([]);
  expect(new Set(serials).size).toBe(3);
  const { stdout } = await inlet(folder, ["messages", "export"]);
  expect(stdout.trim().split("\n")).toHaveLength(answers.length);
  await old.stop();
});

test("without the flag a second process is refused the port", async () => {
  const first = await startServer();
  const { port } = new URL(first.url);
  for (const args of [[], ["--share-port"]]) {
    const { code, stderr } = await inlet(first.folder, ["serve", ...args], { PORT: port });
    expect([code, stderr]).toEqual([1, expect.stringContaining("is in use")]);
  }
});
