/**
 * What is wrong with this installation, and how to mend it. It changes nothing but what `end_to_end` makes and removes
 * again. No check hides another: one that throws is a finding, and one that cannot be made is skipped and says why.
 */
import { CommandError } from "../../errors.ts";
import { errorFields } from "../../log/log.ts";
import { withDeadline } from "../../platform/deadline.ts";
import { configuration, publicKey, publicUrl } from "./configuration.ts";
import { databaseIntegrity, databaseMigrated } from "./database.ts";
import { type DoctorDeps, Examination, Unknown } from "./deps.ts";
import { fileDescriptors } from "./descriptors.ts";
import { endToEnd } from "./endtoend.ts";
import { databaseWritable, diskFree } from "./files.ts";
import { type CheckName, type Finding, type Found, failed, skipped } from "./finding.ts";
import { numbersWithoutAccount } from "./numbers.ts";
import { profileRedaction, profileUrl, profileVersion } from "./profile.ts";
import { recovery } from "./recovery.ts";
import { clock, telnyxKey } from "./telnyx.ts";
import { lastDelivery, lastWebhook, unreadableEvents } from "./webhooks.ts";

export interface Diagnosis {
  /** False with any error. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
}

type Look = (examination: Examination) => Found | readonly Found[] | Promise<Found | readonly Found[]>;

/** In this order. */
const CHECKS: readonly (readonly [CheckName, Look])[] = [
  ["configuration", configuration],
  ["public_key", publicKey],
  ["public_url", publicUrl],
  ["database_writable", databaseWritable],
  ["database_migrated", databaseMigrated],
  ["database_integrity", databaseIntegrity],
  ["disk_free", diskFree],
  ["file_descriptors", fileDescriptors],
  ["telnyx_key", telnyxKey],
  ["clock", clock],
  ["profile_url", profileUrl],
  ["profile_version", profileVersion],
  ["profile_redaction", profileRedaction],
  ["numbers_without_account", numbersWithoutAccount],
  ["last_webhook", lastWebhook],
  ["last_delivery", lastDelivery],
  ["unreadable_events", unreadableEvents],
  ["recovery", recovery],
];

/** A check that hangs is one that throws. */
const MAX_CHECK_MS = 60_000;

/** `onFinding` is told each as soon as it is there; none comes after `deps.stop`. Throws nothing of its own. */
export async function examine(
  deps: DoctorDeps,
  onFinding: (finding: Finding) => void = () => undefined,
): Promise<Diagnosis> {
  const examination = new Examination(deps);
  const findings: Finding[] = [];
  const tell = (check: CheckName, found: Found | readonly Found[]) => {
    if (deps.stop.aborted) return;
    for (const each of [found].flat() as Found[]) {
      const finding = { check, ...each };
      findings.push(finding);
      onFinding(finding);
    }
  };
  try {
    for (const [check, look] of CHECKS) {
      if (deps.stop.aborted) break;
      tell(check, await isolated<Found | readonly Found[]>(() => look(examination), same));
    }
    if (!deps.stop.aborted) {
      // One journey tells both.
      const both = (found: Found) => ({ end_to_end: found, proxy_buffering: found });
      const journey = await isolated(() => endToEnd(examination), both);
      tell("end_to_end", journey.end_to_end);
      tell("proxy_buffering", journey.proxy_buffering);
    }
  } finally {
    await examination.close();
  }
  return { ok: findings.every(({ level }) => level !== "error"), findings };
}

function same(found: Found): Found {
  return found;
}

async function isolated<T>(look: () => T | Promise<T>, toResult: (found: Found) => T): Promise<T> {
  try {
    const late = () => new Error(`it took more than ${MAX_CHECK_MS / 1000} s`);
    return await withDeadline((async () => look())(), MAX_CHECK_MS, late);
  } catch (error) {
    if (error instanceof Unknown) return toResult(skipped(error.message));
    const why = error instanceof CommandError ? error.message : JSON.stringify(errorFields(error));
    return toResult(
      failed(`the check itself failed: ${why}`, "this is a fault of Inlet: tell its makers, with this line"),
    );
  }
}
