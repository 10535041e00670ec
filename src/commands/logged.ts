/** A command that logs: whoever reads the log may be slow, or go, and the command goes on. */
import { type LogConfig, log, startLog } from "../log/log.ts";
import { LogOutput } from "../log/output.ts";

/** Logs into the open file while `work` lasts, and ends when that is written. */
export async function withLog<T>(config: LogConfig, fd: number, work: () => Promise<T>): Promise<T> {
  const onDropped = (count: number) =>
    log.warning("lines of the log were dropped, because nobody read it for a while", { count });
  const output = new LogOutput(fd, { onDropped });
  startLog(config, (line) => output.line(line));
  try {
    return await work();
  } finally {
    await output.end();
  }
}
