/** Everybody comes back at once, each a hundred messages behind: how long until all have caught up, and at what cost. */
import { startInlet } from "./contestants.ts";
import { ingest } from "./measures.ts";
import { cpuMs } from "./process.ts";

const BEHIND = 100;

/** Throws when a client did not get exactly what it missed, in order. */
export async function herd(clients: number): Promise<Record<string, number>> {
  const server = await startInlet();
  await ingest(server, 16, 1_000);
  const { hostname, port } = new URL(server.url);
  const newest = await newestPosition(server.url + server.streamPath, server.key);
  const start = newest.seq - BEHIND;
  const expected = Array.from({ length: BEHIND }, (_, i) => start + 1 + i).join();
  const request =
    `GET ${server.streamPath} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.key}\r\n` +
    `Last-Event-ID: ${newest.epoch}-${start}\r\n\r\n`;

  // Asked by another process, which is not busy being the herd.
  const probe = Bun.spawn([process.execPath, "-e", PROBE, `${server.url}/healthz`], {
    stdin: "pipe",
    stdout: "pipe",
  });
  const cpuBefore = cpuMs(server.pid);
  const startedAt = performance.now();
  const { promise: all, resolve, reject } = Promise.withResolvers<void>();
  let caughtUp = 0;
  for (let i = 0; i < clients; i++) {
    let got = "";
    const data = (_: unknown, chunk: Buffer) => {
      got += chunk.toString("latin1");
      if (!got.includes("event: caught_up")) return;
      const seqs = [...got.matchAll(/^id: \w+-(\d+)\nevent: sms_received$/gm)].map((match) => match[1]);
      if (seqs.join() !== expected)
        reject(new Error(`a client got ${seqs.length} messages, or not in order`));
      got = "";
      if (++caughtUp === clients) resolve();
    };
    void Bun.connect({
      hostname,
      port: Number(port),
      socket: { open: (socket) => void socket.write(request), data },
    });
  }
  await all;
  const ms = performance.now() - startedAt;
  const cpu = cpuMs(server.pid) - cpuBefore;
  await probe.stdin.end();
  const longestMs = Number(await new Response(probe.stdout).text());
  await server.stop();
  return { allCaughtUpMs: ms, cpuMicrosPerClient: (cpu * 1000) / clients, longestHealthCheckMs: longestMs };
}

/** Asks again and again until its input ends, and prints the longest answer in ms. */
const PROBE = `
  let longest = 0, on = true;
  (async () => { for await (const _ of console); on = false; })();
  while (on) {
    const at = performance.now();
    await (await fetch(process.argv[1])).text();
    longest = Math.max(longest, performance.now() - at);
    await Bun.sleep(1);
  }
  console.log(longest);
  process.exit(0);`;

async function newestPosition(url: string, key: string): Promise<{ epoch: string; seq: number }> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
  const reader = response.body?.getReader();
  const text = Buffer.from((await reader?.read())?.value ?? []).toString();
  await reader?.cancel();
  const [, epoch = "", seq = ""] = /^id: (\w+)-(\d+)$/m.exec(text) ?? [];
  return { epoch, seq: Number(seq) };
}
