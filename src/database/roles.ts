/** The settings of a connection for each of its uses. */

export interface ConnectionOptions {
  /** How long SQLite itself waits for a lock, in ms. It blocks the thread: short where an event loop must turn. */
  readonly busyTimeoutMs: number;
  /** How long work is tried again after BUSY, in ms. */
  readonly deadlineMs: number;
  /** KiB of pages kept in memory, beside what the operating system keeps. They are allocated as they are read. */
  readonly cacheKib: number;
  /** Whether to watch for other programs that write into the file itself. */
  readonly watchesContent?: boolean;
  /**
   * Whether a server keeps its stream for us: one for what is read all the time, and one for what is written. Others have
   * one for each statement, so that a large answer keeps nobody waiting, and a server counts few connections.
   */
  readonly keepsStream?: boolean;
}

/** For the thread that serves: a reader in WAL mode waits for a lock only while the log is recovered. */
export const SERVING: ConnectionOptions = {
  busyTimeoutMs: 20,
  deadlineMs: 2_000,
  cacheKib: 8_192,
  keepsStream: true,
};
/** For commands, and for threads that read: nobody else waits for them. */
export const PATIENT: ConnectionOptions = { busyTimeoutMs: 500, deadlineMs: 15_000, cacheKib: 8_192 };
/**
 * For the thread that writes: message_id is random, so each insert touches another page of its index, and a larger
 * cache takes a quarter off its CPU (measured, with checkpoints that write a page once for many inserts).
 */
export const WRITING: ConnectionOptions = {
  ...PATIENT,
  cacheKib: 65_536,
  watchesContent: true,
  keepsStream: true,
};
