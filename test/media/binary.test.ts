/** Through the executable, with several workers: pictures are kept, refusals are told once and without the link, and files go. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { api } from "../harness/api.ts";
import { selfSigned } from "../harness/certificate.ts";
import { emptyFolder } from "../harness/cleanup.ts";
import { inlet, inletJson } from "../harness/cli.ts";
import { addTenant, startServer } from "../harness/server.ts";
import { connect } from "../harness/stream.ts";
import { deliver, signedHeaders } from "../harness/telnyx.ts";
import { until } from "../harness/until.ts";
import { mmsEvent, PictureHost, PNG } from "./pictures.ts";

setDefaultTimeout(120_000);
const SECRET = "capability4711";

type Medium = Readonly<Record<string, unknown>>;

test("two workers keep a picture, say a refusal once without its link, and take the file along", async () => {
  const host = new PictureHost();
  const env = { MEDIA: "store", TELNYX_BASE_URL: host.baseUrl };
  const server = await startServer({ env, args: ["--workers", "2"] });
  const { key, number } = await addTenant(server.folder, "+14155550001");
  const files = join(server.folder, "inlet.db.media");
  const stream = await connect(server.url, { key });
  const to = encodeURIComponent(`http://169.254.169.254/${SECRET}`);
  const links = [`${host.url}/ok/${SECRET}`, `${host.url}/to/${to}`, `${host.url}/bomb/${SECRET}`];
  expect(await deliver(server.url, server.telnyx, mmsEvent(number, links))).toBe("stored");
  await stream.messageCount(1);
  const id = String(stream.messages[0]?.message_id);
  const media = await until(
    "each has an end",
    async () => {
      const { data } = await api(server.url, key, `/sms/messages/${id}`);
      const found = data.media as Medium[];
      return found.every(({ status }) => status !== "pending") ? found : null;
    },
    30_000,
  );
  expect(media.map(({ status, reason }) => [status, reason])).toEqual([
    ["stored", undefined],
    ["failed", "private_address"],
    ["failed", "too_large"],
  ]);
  expect(media[0]?.url).toBe(`/api/v1/sms/messages/${id}/media/0`);
  const whole = await fetch(`${server.url}${media[0]?.url}`, { headers: { authorization: `Bearer ${key}` } });
  expect(Buffer.from(await whole.arrayBuffer())).toEqual(PNG);
  expect(host.asked).toHaveLength(3);
  const told = server
    .log()
    .split("\n")
    .filter((line) => line.includes("a picture could not be kept"));
  expect(told).toHaveLength(2);
  expect(told.join("\n")).toContain('"host":"169.254.169.254"');
  expect(server.log()).not.toContain(SECRET);
  const shown = await inletJson<{ media: Medium[] }>(server.folder, ["messages", "show", id], env);
  expect(shown.media).toEqual(media as never);
  expect((await inlet(server.folder, ["messages", "delete", id])).code).toBe(0);
  await until("its file is gone", () => readdirSync(files).length === 0, 5_000);
  await deliver(server.url, server.telnyx, mmsEvent(number, [`${host.url}/silent/1`]));
  await until("it is asked for", () => host.askedFor("/silent/1") === 1);
  const begun = performance.now();
  expect(await server.stop()).toBe(0);
  expect(performance.now() - begun).toBeLessThan(5_000);
});

test("over HTTP/2 a picture is answered whole and in part", async () => {
  const host = new PictureHost();
  const made = selfSigned();
  const env = { MEDIA: "store", TELNYX_BASE_URL: host.baseUrl, ...made.env };
  const server = await startServer({ env });
  const { key, number } = await addTenant(server.folder, "+14155550001");
  const ca = await Bun.file(made.cert).text();
  const body = mmsEvent(number, [`${host.url}/ok/1`]);
  const text = JSON.stringify(body);
  const sent = await fetch(`${server.url}/webhooks/telnyx`, {
    method: "POST", headers: signedHeaders(server.telnyx, text), body: text, tls: { ca },
  }); // biome-ignore format: a list
  expect(sent.status).toBe(200);
  const curl = async (path: string, ...more: string[]) => {
    const args = [
      "curl",
      "-s",
      "--http2",
      "--cacert",
      made.cert,
      "-H",
      `authorization: Bearer ${key}`,
      ...more,
    ];
    const child = Bun.spawn([...args, `${server.url}/api/v1${path}`], { stdout: "pipe" });
    return Buffer.from(await new Response(child.stdout).arrayBuffer());
  };
  const path = await until("it is kept", async () => {
    const { data } = JSON.parse((await curl("/sms/messages")).toString()) as {
      data: { message_id: string; media: Medium[] }[];
    };
    return data[0]?.media[0]?.status === "stored" ? `/sms/messages/${data[0].message_id}/media/0` : null;
  });
  expect(await curl(path)).toEqual(PNG);
  expect((await curl(path, "-r", "1-3")).toString()).toBe("PNG");
  expect((await curl(path, "-I")).toString()).toContain(`content-length: ${PNG.length}`);
  await server.stop();
});

test("a folder that cannot be had, and a remote database without one, are said at the start", async () => {
  const folder = emptyFolder();
  await Bun.write(join(folder, "taken"), "a file");
  const blocked = await inlet(folder, ["serve"], {
    PORT: "0",
    MEDIA: "store",
    MEDIA_DIR: join(folder, "taken"),
  });
  expect(blocked.code).toBe(1);
  expect(blocked.stderr).toContain("pictures cannot be kept in");
  const remote = { MEDIA: "store", DATABASE_URL: "http://127.0.0.1:1" };
  const faulty = await inlet(folder, ["serve"], remote);
  expect(faulty.code).toBe(2);
  expect(faulty.stderr).toContain("MEDIA_DIR is not set");
  expect(existsSync(join(folder, "inlet.db.media"))).toBe(false);
});
