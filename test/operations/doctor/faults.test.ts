/** Every fault that the doctor knows, planted one at a time: found, named, with its mend, and no other beside it. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { emptyFolder } from "../../harness/cleanup.ts";
import { inlet } from "../../harness/cli.ts";
import { diskTest, smallDisk } from "../../harness/disk.ts";
import { startServer } from "../../harness/server.ts";
import { deliver, smsEvent } from "../../harness/telnyx.ts";
import { type ApiError, failing, saying } from "../../telnyx/standin/faults.ts";
import { examined, type Installation, NUMBER, soundInstallation } from "./installation.ts";

setDefaultTimeout(120_000);

const installation = await soundInstallation();
const { telnyx, server, tenant, profileId, env } = installation;

type Changes = Readonly<Record<string, string | undefined>>;

interface Planted {
  /** For the doctor alone. */
  readonly env?: Changes;
  readonly plant?: (sound: Installation) => unknown;
  readonly mend: RegExp;
  readonly message: RegExp;
  /** What follows from it. */
  readonly besides?: readonly string[];
}

const profile = () => telnyx.inventory.profiles[0] as Record<string, unknown>;
const setProfile = (fields: object) => () => {
  const before = { ...profile() };
  Object.assign(profile(), fields);
  return () => telnyx.inventory.profiles.splice(0, 1, before);
};
const answering = (fault: ApiError) => () => {
  telnyx.faults.push(fault);
  return () => telnyx.faults.pop();
};
/** Telnyx's clock is so much ahead of ours. */
const clock = (aheadMs: number) =>
  answering(async (_, genuine) => {
    const { status, headers, body } = await genuine();
    const answer = new Response(body, { status, headers });
    answer.headers.set("date", new Date(Date.now() + aheadMs).toUTCString());
    return answer;
  });
/** A text that Telnyx says it sent, and how that ended. */
const listed = (status: "delivered" | "failed", code: number | null) => () => {
  const url = `${installation.proxy.url}/webhooks/telnyx?token=secret`;
  const text = telnyx.lose({ to: NUMBER, url, profileId });
  text.status = status;
  text.attempts.splice(0, 3, { url, status: code });
  return () => telnyx.texts.pop();
};

const FAULTS: Readonly<Record<string, Planted>> = {
  "configuration error: a variable that serve refuses": {
    env: { MAX_STREAMS: "many" },
    message: /^MAX_STREAMS holds "many"/,
    mend: /^correct MAX_STREAMS/,
  },
  "configuration warning: a variable that is not used as it is": {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: "nowhere" },
    message: /^OTEL_EXPORTER_OTLP_ENDPOINT holds/,
    mend: /^correct OTEL_EXPORTER_OTLP_ENDPOINT, or remove it/,
  },
  "public_key error: none": {
    env: { TELNYX_PUBLIC_KEY: undefined },
    message: /not set: every webhook is answered 503/,
    mend: /TELNYX_PUBLIC_KEY: copy it from the Telnyx portal/,
  },
  "public_key error: not 32 bytes": {
    env: { TELNYX_PUBLIC_KEY: "c2hvcnQ=" },
    message: /no public key of Telnyx's/,
    mend: /copy it from the Telnyx portal/,
    besides: ["configuration error"],
  },
  "public_key warning: a development key beside the database": {
    plant: ({ server }) => {
      const path = join(server.folder, "inlet.db.development.key");
      writeFileSync(path, "");
      return () => rmSync(path);
    },
    message: /a development key lies beside the database/,
    mend: /^rm inlet\.db\.development\.key/,
  },
  "public_url warning: plain http": {
    env: { PUBLIC_URL: server.url },
    plant: setProfile({ webhook_url: `${server.url}/webhooks/telnyx` }),
    message: /in the clear/,
    mend: /certificate/,
    besides: ["profile_url warning"],
  },
  "file_descriptors warning: fewer than MAX_STREAMS": {
    env: { MAX_STREAMS: "1000000" },
    message: new RegExp(`the service \\(process ${server.pid}\\) may have \\d+ open files`),
    mend: /LimitNOFILE=1000200/,
  },
  "telnyx_key error: refused": {
    env: { TELNYX_API_KEY: "KEYwrong" },
    message: /refuses the key in TELNYX_API_KEY/,
    mend: /API Keys/,
  },
  "telnyx_key error: out of reach": {
    env: { TELNYX_BASE_URL: "http://user.invalid:1/v2" },
    message: /could not be asked for messaging profiles/,
    mend: /reaches http:\/\/user\.invalid:1\/v2/,
  },
  "telnyx_key error: what answers is no Telnyx": {
    plant: answering(saying("<html>")),
    message: /no JSON object/,
    mend: /TELNYX_BASE_URL/,
  },
  "clock error: ten minutes behind": {
    plant: clock(600_000),
    message: /^the clock is 10 minutes behind Telnyx's/,
    mend: /^timedatectl set-ntp true$/,
  },
  "clock warning: a minute ahead": {
    plant: clock(-60_000),
    message: /^the clock is (59|60|61) s ahead of Telnyx's/,
    mend: /^timedatectl set-ntp true$/,
  },
  "profile_url error: no profile sends here": {
    plant: setProfile({ webhook_url: "https://user:secret@old.example.com/hook?secret" }),
    message: /no messaging profile sends to https:.*"Inlet" sends to https:\/\/old\.example\.com\/hook$/,
    mend: /^inlet telnyx setup --url https:\/\/127\.0\.0\.1/,
  },
  "profile_url warning: nobody said where here is": {
    env: { PUBLIC_URL: undefined },
    message: /^PUBLIC_URL is not set/,
    mend: /^set PUBLIC_URL/,
  },
  "profile_url warning: a fail-over elsewhere": {
    plant: setProfile({ webhook_failover_url: "https://other.example.com/x?secret" }),
    message: /fail-over URL of the profile "Inlet" is https:\/\/other\.example\.com\/x:/,
    mend: /--failover-url/,
  },
  "profile_url warning: not enabled": {
    plant: setProfile({ enabled: false }),
    message: /is not enabled/,
    mend: /enable the profile/,
  },
  "profile_version error: version 1": {
    plant: setProfile({ webhook_api_version: "1" }),
    message: /the profile "Inlet" sends version 1/,
    mend: /^inlet telnyx setup --url/,
  },
  "profile_redaction error: level 2": {
    plant: setProfile({ redaction_enabled: true, redaction_level: 2 }),
    message: /redacts \(level 2\)/,
    mend: /redaction off/,
  },
  "profile_redaction warning: level 1": {
    plant: setProfile({ redaction_enabled: true, redaction_level: 1 }),
    message: /redacts \(level 1\)/,
    mend: /redaction off/,
  },
  "numbers_without_account warning: nobody's here": {
    plant: ({ telnyx }) => {
      telnyx.inventory.addNumber({ number: "+14155550188", profileId });
      telnyx.inventory.addNumber({ number: "+14155550199", profileId: "of-another-system" });
      return () => [telnyx.inventory.phoneNumbers, telnyx.inventory.messaging].map((list) => list.splice(-2));
    },
    message: /^active at Telnyx, and nobody's here: \+14155550188$/,
    mend: /^inlet telnyx numbers sync --account ID/,
  },
  "numbers_without_account warning: without a profile": {
    plant: ({ telnyx: { inventory } }) => {
      for (const [row] of [inventory.phoneNumbers, inventory.messaging])
        if (row) row.messaging_profile_id = null;
      return () => {
        for (const [row] of [inventory.phoneNumbers, inventory.messaging])
          if (row) row.messaging_profile_id = profileId;
      };
    },
    message: new RegExp(`without a messaging profile at Telnyx.*: \\${NUMBER}$`),
    mend: /assign them to the messaging profile/,
  },
  "last_webhook warning: Telnyx delivered what did not come": {
    plant: listed("delivered", 200),
    message: /it delivered 1 since that are not here.* to https:\/\/127\.0\.0\.1:\d+\/webhooks\/telnyx:/,
    mend: /where that address leads/,
  },
  "last_delivery warning: no connection": {
    plant: listed("failed", null),
    message: /failed, at 20.*Z, to https:\/\/[^?]+ \(Telnyx's code 75002\)/,
    mend: /firewall; then inlet telnyx backfill/,
  },
  "last_delivery warning: refused": {
    plant: listed("failed", 401),
    message: /HTTP status 401/,
    mend: /TELNYX_PUBLIC_KEY/,
  },
  "end_to_end warning: no server": {
    env: { PORT: "1" },
    message: /no server answers at http:\/\/127\.0\.0\.1:1/,
    mend: /^inlet serve/,
  },
  "end_to_end error: the server works on another database": {
    env: { DATABASE_URL: "file:other.db", PUBLIC_URL: undefined },
    plant: async ({ server: { folder } }) => {
      await inlet(folder, ["accounts", "create", "--kind", "user", "--name", "A"], {
        DATABASE_URL: "file:other.db",
      });
      await inlet(folder, ["numbers", "add", NUMBER, "--account", "1"], { DATABASE_URL: "file:other.db" });
    },
    message: /stream was not opened: .* 401/,
    mend: /DATABASE_URL that the service has/,
    besides: ["profile_url warning", "last_webhook warning"],
  },
  "proxy_buffering warning: held back": {
    plant: ({ proxy }) => {
      proxy.mode = "buffering";
      return () => (proxy.mode = "open");
    },
    message: /no byte of a stream came/,
    mend: /proxy_buffering off in nginx/,
  },
  "proxy_buffering warning: not reached": {
    env: { NODE_EXTRA_CA_CERTS: undefined },
    message: /no stream could be opened through PUBLIC_URL: .*CERT/,
    mend: /its certificate/,
  },
  "proxy_buffering warning: a proxy that answers by itself": {
    plant: ({ proxy }) => {
      proxy.mode = "closed";
      return () => (proxy.mode = "open");
    },
    message: /answered 502/,
    mend: /what its proxy hands on/,
  },
};

test.each(Object.entries(FAULTS))("%s", async (name, planted) => {
  const undo = await planted.plant?.(installation);
  const found = await installation.doctor(planted.env);
  if (typeof undo === "function") await undo();
  const [check = "", level = ""] = name.replace(":", "").split(" ");
  expect(found.faults.toSorted()).toEqual([`${check} ${level}`, ...(planted.besides ?? [])].toSorted());
  const { message, mend } = found.of(check);
  expect(message).toMatch(planted.message);
  expect(mend).toMatch(planted.mend);
  expect(found.code).toBe(found.faults.some((fault) => fault.endsWith(" error")) ? 1 : 0);
  expect(JSON.stringify(found)).not.toMatch(/secret/);
});

test("a refused key hides neither the clock nor what is here", async () => {
  const undo = clock(600_000)();
  const found = await installation.doctor({ TELNYX_API_KEY: "KEYwrong" });
  undo();
  // The stand-in refuses a key before it plants faults: its own clock is told.
  expect(found.of("clock").level).toBe("ok");
  expect(found.of("profile_url")).toMatchObject({ level: "skipped" });
  expect(found.of("end_to_end").level).toBe("ok");
});

test("one stream for each key is enough", async () => {
  const strict = await startServer({ env: { MAX_STREAMS_PER_KEY: "1" } });
  const found = await examined(strict.folder, { PORT: new URL(strict.url).port, PUBLIC_URL: strict.url });
  expect(found.of("end_to_end").level).toBe("ok");
  expect(found.of("proxy_buffering").level).toBe("ok");
  await strict.stop();
});

test("a text that could not be read is shown without its body", async () => {
  const event = smsEvent(NUMBER, "x", { to: [], text: "a private text" });
  expect(await deliver(server.url, telnyx.key, event)).toBe("ignored");
  const found = await installation.doctor();
  expect(found.faults).toEqual(["unreadable_events warning"]);
  expect(found.of("unreadable_events").message).toContain("1 × it has no recipient");
  expect(JSON.stringify(found)).not.toContain("a private text");
  expect(tenant.number).toBe(NUMBER);
});

diskTest("a disk that is nearly full", async () => {
  const nearlyFull = async (free: number, full: number) => {
    const found = await installation.doctor(smallDisk(free, full));
    return `${found.of("disk_free").level}: ${found.of("disk_free").mend?.split(",")[0]}`;
  };
  expect(await nearlyFull(19_000_000, 100_000_000)).toBe("error: make room on it");
  expect(await nearlyFull(99_000_000, 100_000_000)).toBe("warning: make room on it");
  expect(await nearlyFull(4_000_000_000, 100_000_000_000)).toBe("warning: make room on it");
  expect(await nearlyFull(200_000_000, 1_000_000_000)).toBe("ok: undefined");
});

test("missed texts: a look that failed, and one that left something out", async () => {
  const folder = emptyFolder();
  const own = { ...env, PORT: "1", DATABASE_URL: undefined };
  await inlet(folder, ["accounts", "create", "--kind", "user", "--name", "A"]);
  await inlet(folder, ["numbers", "add", NUMBER, "--account", "1"]);
  telnyx.faults.push((asked) =>
    asked.path === "/webhook_deliveries" ? failing(403, "not allowed")(asked, fail) : null,
  );
  expect((await inlet(folder, ["telnyx", "backfill", "--since", "12h"], env)).code).toBe(1);
  telnyx.faults.pop();
  const failed = (await examined(folder, own)).of("recovery");
  expect(failed).toMatchObject({ level: "warning" });
  expect(failed.message).toMatch(/was not finished: Telnyx refuses the key .* \(403\): not allowed/);
  expect(failed.mend).toContain("inlet telnyx backfill");

  const lost = telnyx.lose({ to: NUMBER, at: Date.now() - 2 * 3_600_000, isListed: false, isExpired: true });
  expect((await inlet(folder, ["telnyx", "backfill", "--since", "12h"], env)).code).toBe(0);
  const left = (await examined(folder, own)).of("recovery");
  telnyx.texts.pop();
  expect(left).toMatchObject({
    level: "warning",
    details: { unrecovered: [{ telnyx_id: lost.id, reason: "expired" }] },
  });
});

function fail(): never {
  throw new Error("not asked for");
}
