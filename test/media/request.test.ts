/** The address that was judged is the one that is asked, at each hop, and the key goes to Telnyx alone. */
import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { Patience } from "../../src/media/patience.ts";
import { type Ask, requestPicture } from "../../src/media/request.ts";
import { Targets } from "../../src/media/target.ts";
import { selfSigned } from "../harness/certificate.ts";
import { atTheEnd } from "../harness/cleanup.ts";
import { PNG, picture } from "./pictures.ts";

interface Sent {
  readonly url: string;
  readonly host: string | undefined;
  readonly key: string | undefined;
  readonly serverName: string | undefined;
}

/** By `host/path`; what is not there redirects nowhere. */
async function requested(
  link: string,
  answers: Record<string, () => Response>,
  hosts: readonly string[] = [],
) {
  const sent: Sent[] = [];
  const ask: Ask = async (url, init) => {
    const headers = init.headers as Record<string, string>;
    const tls = init.tls as { serverName?: string } | undefined;
    sent.push({ url, host: headers.host, key: headers.authorization, serverName: tls?.serverName });
    expect(init.redirect).toBe("manual");
    return answers[`${headers.host}${new URL(url).pathname}`]?.() ?? new Response("none", { status: 404 });
  };
  let asked = 0;
  // A name that resolves anew each time: only the first answer is public.
  const resolve = async () => (asked++ < 10 ? [`8.8.4.${asked}`] : ["127.0.0.1"]);
  const patience = new Patience(new AbortController().signal);
  const deps = { targets: new Targets(null, hosts, resolve), apiKey: "KEY", maxBytes: 1_000, ask };
  try {
    const had = await requestPicture(deps, link, patience);
    const parts: Uint8Array[] = [];
    for await (const part of had.bytes) parts.push(part);
    return { sent, bytes: Buffer.concat(parts), asked };
  } catch (error) {
    return { sent, error: error as { reason: string }, asked };
  } finally {
    patience.abandon();
  }
}

test("the judged address is connected to, under the host's name; each hop is resolved once", async () => {
  const found = await requested(
    "https://media.telnyx.com/a?token=1",
    {
      "media.telnyx.com/a": () => Response.redirect("https://files.telnyxcloudstorage.com/b", 307),
      "files.telnyxcloudstorage.com/b": () => Response.redirect("https://cdn.example.com/c", 302),
      "cdn.example.com/c": () => picture(),
    },
    ["*.example.com"],
  );
  expect(found.bytes).toEqual(PNG);
  expect(found.asked).toBe(3);
  const hop = (address: string, host: string, rest: string): Sent => ({
    url: `https://${address}${rest}`, host, key: undefined, serverName: host,
  }); // biome-ignore format: a list
  expect(found.sent).toEqual([
    hop("8.8.4.1", "media.telnyx.com", "/a?token=1"),
    hop("8.8.4.2", "files.telnyxcloudstorage.com", "/b"),
    hop("8.8.4.3", "cdn.example.com", "/c"),
  ]);
});

test("the key goes to Telnyx's own hosts when they want it, and never to its storage", async () => {
  let asked = 0;
  const found = await requested("https://media.telnyx.com/a", {
    "media.telnyx.com/a": () =>
      asked++ === 0
        ? new Response("no", { status: 401 })
        : Response.redirect("https://x.telnyxcloudstorage.com/b", 302),
    "x.telnyxcloudstorage.com/b": () => picture(),
  });
  expect(found.bytes).toEqual(PNG);
  expect(found.sent.map(({ host, key }) => [host, key])).toEqual([
    ["media.telnyx.com", undefined],
    ["media.telnyx.com", "Bearer KEY"],
    ["x.telnyxcloudstorage.com", undefined],
  ]);
  const storage = await requested("https://x.telnyxcloudstorage.com/b", {
    "x.telnyxcloudstorage.com/b": () => new Response("no", { status: 403 }),
  });
  expect([storage.error?.reason, storage.sent.length]).toEqual(["unauthorized", 1]);
});

test("a certificate is held against the host's name, not against the address", async () => {
  const made = selfSigned(30, "DNS:media.example.com");
  const [cert, key] = await Promise.all([Bun.file(made.cert).text(), Bun.file(made.key).text()]);
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", tls: { cert, key }, fetch: () => picture() });
  atTheEnd(() => server.stop(true));
  const requestAs = async (host: string) => {
    const ask: Ask = (url, init) => {
      const at = new URL(url);
      at.hostname = "127.0.0.1";
      at.port = String(server.port);
      return fetch(at, { ...init, tls: { ...(init.tls as object), ca: cert } });
    };
    const patience = new Patience(new AbortController().signal);
    const targets = new Targets(null, [host], async () => ["8.8.8.8"]);
    try {
      const had = await requestPicture(
        { targets, apiKey: null, maxBytes: 1_000, ask },
        `https://${host}/a`,
        patience,
      );
      const hash = createHash("sha256");
      for await (const part of had.bytes) hash.update(part);
      return hash.digest("hex");
    } finally {
      patience.abandon();
    }
  };
  expect(await requestAs("media.example.com")).toBe(createHash("sha256").update(PNG).digest("hex"));
  const refused = await requestAs("other.example.com").catch((error: unknown) => String(error));
  expect(refused).toMatch(/certificate|ALTNAME/i);
});
