/** The same fan-out by others: a plain loop of sends in C, Nchan in nginx, and an afternoon's service. */
import { createPublicKey } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { emptyFolder } from "../harness/cleanup.ts";
import { deliver, smsEvent } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";
import { compile } from "./compile.ts";
import { type Contestant, frame, NOBODY, post, startInlet, TELNYX, TEXT } from "./contestants.ts";
import { Crowd, fanOutSteps, STEPS, STREAMS, slopeOf } from "./fanout.ts";
import { type Figure, figure, medians, ratioAtMost } from "./figures.ts";
import { send, texts } from "./loading.ts";
import { type Measured, startMeasured } from "./process.ts";
import { ROUNDS } from "./rounds.ts";

const CONNECTIONS = 64;
const NCHAN = "/usr/lib/nginx/modules/ngx_nchan_module.so";

interface Other {
  readonly name: string;
  readonly start: () => Promise<Contestant>;
  /** What Inlet's CPU for an event may be, of this one's. */
  readonly most: number;
  readonly ingests?: boolean;
}

function contestant(name: string, server: Measured, emit: () => Promise<unknown>): Contestant {
  return { ...server, name, tenant: NOBODY, streamPath: "/stream", webhookPath: "/webhook", emit };
}

async function startLoop(program: string): Promise<Contestant> {
  const server = await startMeasured([program], {}, emptyFolder());
  return contestant("a loop of sends in C", server, () => post(`${server.url}/emit`, frame()));
}

async function startAfternoon(): Promise<Contestant> {
  const folder = emptyFolder();
  const der = createPublicKey(TELNYX.privateKey).export({ format: "der", type: "spki" });
  const env = { KEY_DER: der.toString("base64"), DB: join(folder, "afternoon.db") };
  const server = await startMeasured([process.execPath, join(import.meta.dir, "afternoon.ts")], env, folder);
  const emit = () => deliver(server.url, TELNYX, smsEvent(NOBODY.number, TEXT));
  return contestant("an afternoon's service", server, emit);
}

async function startNchan(): Promise<Contestant> {
  const folder = emptyFolder();
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const { port } = listener;
  listener.stop();
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const config = `
    load_module ${NCHAN};
    ${process.getuid?.() === 0 ? "user root;" : ""}
    daemon off; worker_processes 1; worker_rlimit_nofile 20000; pid ${folder}/pid; error_log ${folder}/log;
    events { worker_connections 18000; }
    http {
      access_log off;
      ${paths.map((path) => `${path}_temp_path ${folder}/${path};`).join(" ")}
      server {
        listen 127.0.0.1:${port} backlog=4096;
        keepalive_requests 1000000;
        location /stream { nchan_subscriber eventsource; nchan_channel_id all; nchan_subscriber_first_message newest; }
        location /emit { nchan_publisher; nchan_channel_id all; nchan_message_buffer_length 100; }
      }
    }`;
  writeFileSync(join(folder, "nginx.conf"), config);
  const url = `http://127.0.0.1:${port}`;
  const command = ["nginx", "-e", `${folder}/log`, "-p", folder, "-c", join(folder, "nginx.conf")];
  // It prints no address; a shell that stays for it does.
  const server = await startMeasured(["sh", "-c", `echo ${url}; "$@"`, "sh", ...command], {}, folder);
  await until("nginx to listen", () =>
    fetch(`${url}/none`).then(
      () => true,
      () => false,
    ),
  );
  const data = frame().split("data: ")[1]?.trim() ?? "";
  const emit = () => post(`${url}/emit`, data, { "x-eventsource-event": "sms_received" });
  return contestant("Nchan in nginx", server, emit);
}

function available(): Other[] {
  const skip = (what: string) => process.stdout.write(`others: skipped ${what}\n`);
  const loop = compile("loop.c");
  if (!loop) skip("the loop in C: it needs gcc");
  const nchan = Bun.which("nginx") && existsSync(NCHAN);
  if (!nchan) skip("Nchan: it needs Debian's nginx-light and libnginx-mod-nchan");
  return [
    ...(loop ? [{ name: "a loop of sends in C", start: () => startLoop(loop), most: 1.25 }] : []),
    ...(nchan ? [{ name: "Nchan in nginx", start: startNchan, most: 1 }] : []),
    { name: "an afternoon's service", start: startAfternoon, most: 1, ingests: true },
  ];
}

async function round(server: Contestant, ingests: boolean) {
  const crowd = new Crowd(server);
  const fans = await fanOutSteps(crowd, STEPS);
  await crowd.leave();
  const whole = fans.find(({ streams }) => streams === STREAMS)?.microsPerMessage ?? Number.NaN;
  const requests = (count: number) => texts(count, [server.tenant.number]);
  if (ingests) await send(server, requests(2_000), { connections: CONNECTIONS });
  const sent = ingests
    ? await send(server, requests(8_000), { connections: CONNECTIONS })
    : { cpuMicros: Number.NaN, perSecond: Number.NaN };
  await server.stop();
  return { ...slopeOf(fans), whole: whole / STREAMS, cpuMicros: sent.cpuMicros, perSecond: sent.perSecond };
}

export async function others(): Promise<Figure[]> {
  const all = available();
  const ours: Awaited<ReturnType<typeof round>>[] = [];
  const theirs = all.map((): Awaited<ReturnType<typeof round>>[] => []);
  for (let i = 0; i < ROUNDS; i++) {
    ours.push(await round(await startInlet(), true));
    for (const [at, { start, ingests = false }] of all.entries())
      theirs[at]?.push(await round(await start(), ingests));
  }
  const inlet = medians(ours);
  return all.flatMap(({ name, most, ingests }, at) => {
    const its = medians(theirs[at] ?? []);
    const both = (value: keyof typeof inlet) => ({ inlet: inlet[value], other: its[value] });
    return [
      figure(`${name}, CPU for each event more`, "µs", both("perEvent"), ratioAtMost(most)),
      figure(
        `… for each event to ${STREAMS} streams, the message included`,
        "µs",
        both("whole"),
        ratioAtMost(most),
      ),
      ...(ingests
        ? [
            figure(`… CPU for each webhook over ${CONNECTIONS} connections`, "µs", both("cpuMicros")),
            figure("… webhooks a second", "/s", both("perSecond")),
          ]
        : []),
    ];
  });
}
