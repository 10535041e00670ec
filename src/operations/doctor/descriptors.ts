/** Whether the service may have as many connections as it is configured for. */

import { localPath } from "../../database/file/create.ts";
import { FileLock } from "../../database/file/filelock.ts";
import { databaseUrlFault } from "../../database/url.ts";
import { descriptorLimit, descriptorLimitOf } from "../../platform/descriptors.ts";
import type { Examination } from "./deps.ts";
import { type Found, ok, skipped, warning } from "./finding.ts";

/** For the database, the log, webhooks, and whoever asks whether it is ready. */
const RESERVE = 200;

/** Of the service's process where this user may see it: a shell's limit may be another. */
export function fileDescriptors({ deps: { config } }: Examination): Found {
  const pid = servicePid(config.database.url);
  const ofService = pid === null ? null : descriptorLimitOf(pid);
  const limit = ofService ?? descriptorLimit();
  if (limit === Number.POSITIVE_INFINITY) return skipped("this system does not tell its limit of open files");
  const whose = ofService === null ? "a service started from here" : `the service (process ${pid})`;
  const said = `${whose} may have ${limit} open files, and MAX_STREAMS is ${config.maxStreams}`;
  const details = { limit, max_streams: config.maxStreams, ...(ofService === null ? {} : { pid }) };
  if (limit >= config.maxStreams + RESERVE) return ok(said, details);
  return warning(
    `${said}: each stream takes one`,
    `set LimitNOFILE=${config.maxStreams + RESERVE} in the service's systemd unit (ulimit -n elsewhere), or lower MAX_STREAMS`,
    details,
  );
}

function servicePid(url: string): number | null {
  const path = databaseUrlFault(url) ? null : localPath(url);
  return path === null ? null : FileLock.holder(path);
}
