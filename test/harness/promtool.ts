/** Prometheus's own judge of what is written for it. */
import { expect } from "bun:test";

const PROMTOOL = Bun.which("promtool");

/** Whether a test has to do without it. In the gate it may not. */
export const WITHOUT_PROMTOOL = PROMTOOL === null && !process.env.CI;
if (WITHOUT_PROMTOOL)
  process.stderr.write(
    "skipped: promtool is missing; on Debian: apt-get download prometheus && dpkg -x prometheus_*.deb x && install x/usr/bin/promtool /usr/local/bin\n",
  );

export async function promtool(args: readonly string[], stdin = ""): Promise<void> {
  if (PROMTOOL === null) throw new Error("promtool is missing");
  const child = Bun.spawn([PROMTOOL, ...args], {
    stdin: new Blob([stdin]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const output = (
    await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  ).join("");
  expect(await child.exited, output).toBe(0);
}
