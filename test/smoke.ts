/**
 * The last step of the gate: the executable alone, copied into an empty folder, does what the README's first screen
 * says. `inlet demo` prints a curl line; that very line, given to a shell, shows a message.
 */
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./harness/binary.ts";
import { bareEnv } from "./harness/cli.ts";
import { until } from "./harness/until.ts";

const folder = mkdtempSync(join(tmpdir(), "inlet-smoke-"));
copyFileSync(join(ROOT, "dist/inlet"), join(folder, "inlet"));
const env = bareEnv({ PORT: "0", TMPDIR: folder });
const demo = Bun.spawn(["./inlet", "demo"], { cwd: folder, env, stdout: "pipe", stderr: "inherit" });
try {
  let printed = "";
  const gather = async () => {
    for await (const chunk of demo.stdout) printed += new TextDecoder().decode(chunk);
  };
  void gather();
  const line = await until("the curl line", () => /^ {2}(curl -N .*)$/m.exec(printed)?.[1]);
  const curl = Bun.spawn(["sh", "-c", `exec ${line}`], { env, stdout: "pipe", stderr: "ignore" });
  let streamed = "";
  const follow = async () => {
    for await (const chunk of curl.stdout) streamed += new TextDecoder().decode(chunk);
  };
  void follow();
  await until("a message on the stream", () => streamed.includes("event: sms_received"));
  demo.kill("SIGINT");
  const code = await demo.exited;
  await until("the stream's end", () => streamed.includes("event: closing"));
  const left = readdirSync(folder).filter((name) => name.startsWith("inlet-demo-"));
  if (code !== 0 || left.length > 0)
    throw new Error(`the demo ended with ${code} and left ${left.join() || "nothing"}`);
  process.stdout.write("smoke: the executable runs in an empty folder, and a message arrives\n");
} finally {
  demo.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}
