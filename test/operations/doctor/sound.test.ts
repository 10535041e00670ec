/** What the doctor says of an installation with which nothing is wrong, and that it changes nothing of it. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { CHECK_NAMES } from "../../../src/operations/doctor/finding.ts";
import { inlet } from "../../harness/cli.ts";
import { soundInstallation } from "./installation.ts";

setDefaultTimeout(120_000);

test("nothing is wrong with a sound installation", async () => {
  const { doctor, telnyx, server, env, tenant } = await soundInstallation();
  const examined = await doctor();
  expect(examined.faults).toEqual([]);
  expect(examined.findings.map(({ check }) => check)).toEqual([...CHECK_NAMES]);
  expect(examined.findings.filter(({ level }) => level !== "ok").map(({ check }) => check)).toEqual([
    "recovery",
  ]);
  expect(examined).toMatchObject({ ok: true, code: 0 });
  const { details } = examined.of("end_to_end");
  expect(details?.milliseconds).toBeGreaterThanOrEqual(0);
  expect(telnyx.problems).toEqual([]);
  expect(telnyx.requests.map(({ method }) => method)).not.toContain("PATCH");

  const shown = await inlet(server.folder, ["doctor"], env);
  expect(shown).toMatchObject({ code: 0, stderr: "" });
  expect(shown.stdout).toMatch(/^clock +ok +the clock agrees with Telnyx's$/m);
  expect(shown.stdout.trim().split("\n").at(-1)).toBe("0 errors, 0 warnings, 1 could not be looked at");
  for (const secret of [env.TELNYX_API_KEY ?? "", tenant.key, "secret of a body"])
    expect(shown.stdout + JSON.stringify(examined)).not.toContain(secret);
});
