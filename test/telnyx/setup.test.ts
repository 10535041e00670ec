/** A messaging profile that is pointed at this installation: what is sent for it, and what is believed of the answer. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { setUp } from "../../src/commands/telnyx/setup.ts";
import { CommandError, UsageError } from "../../src/errors.ts";
import type { Aim } from "../../src/telnyx/aim.ts";
import { TelnyxClient } from "../../src/telnyx/client.ts";
import { type ApiError, altering, answering, failing, first, stallingBody } from "./standin/faults.ts";
import { NO_LISTS } from "./standin/nolist.ts";
import { API_KEY, TelnyxStandin } from "./standin/telnyx.ts";

const URL = "https://sms.example.com/webhooks/telnyx";
const OTHER = "https://user:secret@other.example.com/hook?token=secret";
const AIM: Aim = { url: URL, failoverUrl: null };
const yes = () => true;

let telnyx: TelnyxStandin;
let id: string;

beforeEach(() => {
  telnyx = new TelnyxStandin();
  id = telnyx.inventory.addProfile("Inlet", { webhook_api_version: "1", webhook_url: null });
});

afterEach(() => {
  expect(telnyx.problems).toEqual([]);
});

function run(aim: Aim = AIM, wanted?: string, agree: Parameters<typeof setUp>[3] = yes) {
  const wait = () => Promise.resolve();
  const { signal } = new AbortController();
  const access = { apiKey: API_KEY, baseUrl: telnyx.url, through: "" };
  return setUp(new TelnyxClient(access, { signal, wait, deadlineMs: 300 }), aim, wanted, agree);
}

const patches = () => telnyx.requests.filter(({ method }) => method !== "GET");

async function refusal(work: Promise<unknown>): Promise<Error> {
  const error: unknown = await work.then(
    (value) => new TypeError(`it succeeded: ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof CommandError || error instanceof UsageError)) throw error;
  return error;
}

const onPatch =
  (fault: ApiError): ApiError =>
  (asked, genuine) =>
    asked.method === "PATCH" ? fault(asked, genuine) : null;

test("only what changes is sent, and nothing the second time", async () => {
  const result = await run();
  expect(result).toEqual({
    profile: { id, name: "Inlet" },
    applied: true,
    changes: [
      { field: "webhook_url", from: null, to: URL },
      { field: "webhook_api_version", from: "1", to: "2" },
    ],
    warnings: [],
  });
  expect(patches()).toMatchObject([
    { path: `/messaging_profiles/${id}`, body: { webhook_url: URL, webhook_api_version: "2" } },
  ]);
  expect(await run()).toMatchObject({ applied: false, changes: [] });
  expect(patches()).toHaveLength(1);

  const failoverUrl = "https://two.example.com/webhooks/telnyx";
  expect((await run({ url: URL, failoverUrl })).changes).toEqual([
    { field: "webhook_failover_url", from: null, to: failoverUrl },
  ]);
  expect(patches().at(-1)?.body).toEqual({ webhook_failover_url: failoverUrl });
});

test("a dry run, and a no, send nothing", async () => {
  const planned = await run(AIM, undefined, null);
  expect(planned).toMatchObject({ applied: false, changes: [{ field: "webhook_url" }, { to: "2" }] });
  expect((await refusal(run(AIM, undefined, () => false))).message).toBe("nothing was changed");
  expect(patches()).toEqual([]);
});

test("a fail-over URL elsewhere is left alone and warned of, without what may be secret in it", async () => {
  const [profile] = telnyx.inventory.profiles;
  Object.assign(profile ?? {}, { webhook_failover_url: OTHER, enabled: false });
  const { warnings } = await run();
  expect(warnings).toEqual([
    "the fail-over URL stays https://other.example.com/hook: what it takes counts as delivered",
    expect.stringContaining("not enabled"),
  ]);
  expect(profile).toMatchObject({ webhook_failover_url: OTHER, webhook_url: URL });
  Object.assign(profile ?? {}, { webhook_failover_url: URL, enabled: true });
  expect((await run()).warnings).toEqual([]);
});

test("which profile is meant is asked, never guessed", async () => {
  const second = telnyx.inventory.addProfile("Inlet");
  const third = telnyx.inventory.addProfile("Support");
  const several = await refusal(run());
  expect(several).toBeInstanceOf(UsageError);
  for (const named of [`Inlet (${id})`, `Inlet (${second})`, `Support (${third})`])
    expect(several.message).toContain(named);
  expect(await refusal(run(AIM, "Inlet"))).toBeInstanceOf(UsageError);
  expect((await run(AIM, "Support")).profile).toEqual({ id: third, name: "Support" });
  expect((await run(AIM, second.toUpperCase())).profile.id).toBe(second);
  const unknown = await refusal(run(AIM, "Sales"));
  expect(unknown).toBeInstanceOf(CommandError);
  expect(unknown.message).toContain("Support");
  telnyx.inventory.profiles.splice(0);
  for (const wanted of [undefined, "Inlet"])
    expect((await refusal(run(AIM, wanted))).message).toContain("no messaging profile; make one");
});

test("an old profile is refused in Telnyx's words, with what to do, and without countries of ours", async () => {
  telnyx.inventory.profiles.splice(0);
  telnyx.inventory.addProfile("Old", { webhook_api_version: "1" }, true);
  const { message } = await refusal(run());
  expect(message).toContain("Missing whitelisted destinations");
  expect(message).toContain("set them in the Telnyx portal");
  expect(patches()).toHaveLength(1);
  expect(Object.keys(patches()[0]?.body as object)).toEqual(["webhook_url", "webhook_api_version"]);
});

test.each([...NO_LISTS, ["500", failing(500)], ["a body that stalls", stallingBody]] as [string, ApiError][])(
  "%s instead of the list sends nothing, and instead of the answer is not taken for a yes",
  async (_, fault) => {
    telnyx.faults.push(first(6, "/messaging_profiles", fault));
    await refusal(run());
    expect(patches()).toEqual([]);
    telnyx.faults.splice(0, 1, onPatch(fault));
    expect((await refusal(run())).message).toContain("run it again");
  },
  30_000,
);

test("what Telnyx then says is compared with what was asked", async () => {
  const lies: [ApiError, string][] = [
    [altering(({ data, ...rest }) => ({ ...rest, data: { ...data, webhook_url: "https://old.example.com" } })), "webhook_url is https://old.example.com"],
    [altering(({ data, ...rest }) => ({ ...rest, data: { ...data, webhook_api_version: undefined } })), "webhook_api_version is not set"],
    [altering(({ data, ...rest }) => ({ ...rest, data: { ...data, id: "other" } })), "another profile"],
  ]; // biome-ignore format: a list
  for (const [lie, said] of lies) {
    Object.assign(telnyx.inventory.profiles[0] ?? {}, { webhook_url: null, webhook_api_version: "1" });
    telnyx.faults.splice(0, 1, onPatch(lie));
    expect((await refusal(run())).message).toContain(said);
  }
});

test("a refused key is said at once", async () => {
  telnyx.faults.push(onPatch(failing(403, "may not write")));
  expect((await refusal(run())).message).toContain("TELNYX_API_KEY");
  expect(patches()).toHaveLength(1);
  telnyx.faults.splice(0, 1, answering({ errors: [] }, { status: 401 }));
  await refusal(run());
  expect(telnyx.requests).toHaveLength(3);
});
