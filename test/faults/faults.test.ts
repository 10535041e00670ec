/** Some of what `bun run fail-disk` does: never a 200 for what is not there after a restart. */
import { expect, setDefaultTimeout } from "bun:test";
import { diskTest } from "../harness/disk.ts";
import { CALLS, failNth, nameOf } from "./nthcall.ts";
import { losePower } from "./powerloss.ts";
import { makeTemplate } from "./template.ts";

setDefaultTimeout(120_000);

const FAILED_CALLS = 6;
const POWER_LOSSES = 2;

diskTest("whichever call to the disk fails, what was answered 200 is there after a restart", async () => {
  const template = await makeTemplate();
  for (let i = 0; i < FAILED_CALLS; i++) {
    const call = CALLS[Math.floor(Math.random() * CALLS.length)];
    if (!call) continue;
    const n = 1 + Math.floor(Math.random() * call.about);
    const { faults } = await failNth(template, call, n);
    expect(faults, `${nameOf(call)}, the ${n}th`).toEqual([]);
  }
});

diskTest("when power is lost, what was answered 200 is there after a restart", async () => {
  const template = await makeTemplate();
  for (let i = 0; i < POWER_LOSSES; i++) expect((await losePower(template)).faults).toEqual([]);
  const { faults } = await losePower(template, true);
  expect(faults.join(), "a disk that lies about its syncs").toContain("was acknowledged and is not there");
});
