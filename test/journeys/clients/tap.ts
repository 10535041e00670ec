/** Stands between a client and the server, hands every byte on, and keeps count of what was asked and what was sent. */
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { atTheEnd } from "../../harness/cleanup.ts";

interface Asked {
  readonly authorization: string | undefined;
  /** By header, or in the query. */
  readonly lastEventId: string | undefined;
}

export class Tap {
  /** One for each request, in order. None of them has a body. */
  readonly asked: Asked[] = [];
  heartbeats = 0;
  #closings = 0;

  /** How many streams the server has ended. */
  get ends(): number {
    return this.#closings;
  }

  /** Whether the client has been told goodbye and has not come back. */
  get isAway(): boolean {
    return this.#closings === this.asked.length;
  }

  hear(client: Socket): void {
    let text = "";
    client.on("data", (chunk) => {
      text += chunk.toString("latin1");
      const heads = text.split("\r\n\r\n");
      text = heads.pop() ?? "";
      for (const head of heads) this.asked.push(readHead(head));
    });
  }

  watch(server: Socket): void {
    let rest = "";
    server.on("data", (chunk) => {
      const text = rest + chunk.toString("latin1");
      const whole = text.lastIndexOf("\n\n") + 2;
      const frames = text.slice(0, whole);
      rest = text.slice(whole);
      this.heartbeats += count(frames, ": heartbeat\n\n");
      this.#closings += count(frames, "event: closing\n");
    });
  }
}

/** A tap on the server, and the address at which clients reach the server through it. */
export async function tapped(serverUrl: string): Promise<{ tap: Tap; url: string }> {
  const { hostname, port } = new URL(serverUrl);
  const tap = new Tap();
  const listener = createServer((client) => {
    const server = createConnection({ host: hostname, port: Number(port) });
    tap.hear(client);
    tap.watch(server);
    client.pipe(server).pipe(client);
    client.on("error", () => server.destroy());
    server.on("error", () => client.destroy());
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  atTheEnd(() => listener.close());
  return { tap, url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}` };
}

function readHead(head: string): Asked {
  const header = (name: string) => new RegExp(`^${name}: *(.*)$`, "im").exec(head)?.[1]?.trim();
  const inQuery = /[?&]lastEventId=([^& ]+)/.exec(head)?.[1];
  return {
    authorization: header("authorization"),
    lastEventId: header("last-event-id") ?? (inQuery && decodeURIComponent(inQuery)),
  };
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}
