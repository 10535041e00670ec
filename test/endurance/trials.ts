/** All of them. */
import { fullDisk, stalls } from "./disks.ts";
import { kills } from "./kills.ts";
import { rapidReset, zeroWindows } from "./multiplexed.ts";
import { road } from "./road.ts";
import { slow, unread } from "./sockets.ts";
import type { Trial } from "./trial.ts";

export const TRIALS: readonly Trial[] = [
  kills,
  fullDisk,
  stalls,
  road,
  unread,
  slow,
  rapidReset,
  zeroWindows,
];
