/** The page as it is served: whole, named by its hashes, and asked for again only when it has changed. */
import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { withSettings } from "../../src/console/settings.ts";
import { testService } from "../harness/service.ts";

const { url } = await testService();

function sha256(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

test("the policy names the one script and the one style by their hashes, and allows nothing else", async () => {
  const response = await fetch(url);
  const html = await response.text();
  const [script, ...otherScripts] = [...html.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)];
  const [style, ...otherStyles] = [...html.matchAll(/<style[^>]*>([\s\S]*?)<\/style>/g)];
  expect(otherScripts.length + otherStyles.length).toBe(0);
  expect(response.headers.get("content-security-policy")).toBe(
    `default-src 'none'; script-src ${sha256(script?.[1] ?? "")}; style-src ${sha256(style?.[1] ?? "")}; ` +
      "connect-src 'self'; img-src data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
      "require-trusted-types-for 'script'; trusted-types 'none'",
  );
  expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  expect(response.headers.get("referrer-policy")).toBe("no-referrer");
});

test("the page loads nothing from anywhere", async () => {
  const html = await (await fetch(url)).text();
  const markup = html.replaceAll(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, "");
  expect(markup).not.toMatch(/ (src|srcset|action|style|on\w+)=/);
  const links = [...markup.matchAll(/ href="([^"]*)"/g)].map((match) => match[1] ?? "");
  for (const link of links) expect(link).toMatch(/^(#|docs$|data:image\/svg\+xml,)/);
});

test("what has not changed is answered 304 and empty, to any form of its tag", async () => {
  const etag = (await fetch(url)).headers.get("etag") ?? "";
  for (const tag of [etag, etag.replace("W/", ""), `"other", ${etag}`]) {
    const response = await fetch(url, { headers: { "if-none-match": tag } });
    expect(response.status, tag).toBe(304);
    expect(await response.text()).toBe("");
    expect(response.headers.get("etag")).toBe(etag);
  }
  for (const tag of ['"other"', "", etag.slice(0, -2)]) {
    expect((await fetch(url, { headers: { "if-none-match": tag } })).status, tag).toBe(200);
  }
});

test("it is sent compressed to who takes that, and to nobody else", async () => {
  const encodingFor = async (accepted: string) => {
    const response = await fetch(url, { headers: { "accept-encoding": accepted }, decompress: false });
    return [response.headers.get("content-encoding"), (await response.bytes()).length] as const;
  };
  const [none, whole] = await encodingFor("identity");
  expect(none).toBeNull();
  for (const accepted of ["gzip", "br, gzip", "GZIP , br;q=0.5"]) {
    const [encoding, bytes] = await encodingFor(accepted);
    expect(encoding, accepted).toBe("gzip");
    expect(bytes).toBeLessThan(whole / 2);
  }
  for (const refused of ["gzip;q=0", "br", "xgzip", "gzip;q=0.000", `${"br, ".repeat(1_000)}gzip`])
    expect((await encodingFor(refused))[0], refused).toBeNull();
});

test("HEAD answers as GET does, without a body; other methods are told which there are", async () => {
  const head = await fetch(url, { method: "HEAD" });
  expect(head.status).toBe(200);
  expect(head.headers.get("content-security-policy")).toStartWith("default-src 'none'");
  expect(await head.text()).toBe("");
  const post = await fetch(url, { method: "POST" });
  expect(post.status).toBe(405);
  expect(post.headers.get("allow")).toBe("GET, HEAD");
});

test("settings cannot end the attribute that they stand in", () => {
  const settings = { heartbeatMs: 1, demoNumber: `"><script>&amp;` };
  const html = withSettings(`<meta content="{{settings}}">`, settings);
  expect(html.match(/[<"]/g)).toEqual(["<", '"', '"']);
  const decoded = html
    .slice(15, -2)
    .replaceAll("&lt;", "<")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
  expect(JSON.parse(decoded)).toEqual(settings);
});
