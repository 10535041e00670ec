/**
 * `bun run test [FILE …]`: builds the executable once, and runs the test files, the slowest ones first, in one process
 * more than there are cores: many of them wait, and another then has the core. `bun run test --serial` runs them in one,
 * `--timings` also notes how long each took.
 */
import { availableParallelism } from "node:os";
import { binary, ROOT } from "./harness/binary.ts";

const TIMINGS = "test/timings.json";

const given = process.argv.slice(2);
const files = given.filter((argument) => !["--serial", "--timings"].includes(argument));
// Each process would else build it for itself, and start what another has half written.
await binary();
const command = [
  ...[process.execPath, "test"],
  // Beside another process a test has half a core: what is quick alone is not to fail for that.
  "--timeout=60000",
  ...(given.includes("--serial") ? [] : [`--parallel=${availableParallelism() + 1}`]),
  `--timings=${TIMINGS}`,
  ...(given.includes("--timings") ? ["--update-timings"] : []),
  ...files,
];
const failed = await run(command);
if (failed === null) process.exit(0);
if (failed.length === 0 || given.includes("--serial")) process.exit(1);
// Beside others on two cores a journey may miss its time; whoever fails alone, too, has failed.
process.stdout.write(`\n${failed.length} files with failures are run again, alone\n`);
process.exit((await run([process.execPath, "test", "--timeout=60000", ...failed])) === null ? 0 : 1);

/** Null when all passed; else the files in which something failed. What is printed is shown as it comes. */
async function run(command: string[]): Promise<string[] | null> {
  const child = Bun.spawn(command, { cwd: ROOT, stdio: ["ignore", "inherit", "pipe"] });
  const failed = new Set<string>();
  let [file, rest] = ["", ""];
  const decoder = new TextDecoder();
  for await (const chunk of child.stderr) {
    process.stderr.write(chunk);
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      file = /^(test\/\S+\.test\.ts):$/.exec(line)?.[1] ?? file;
      if (line.startsWith("(fail)") && file !== "") failed.add(file);
      if (/^\d+ tests? failed:$/.test(line)) file = ""; // the summary tells failures once more, without their files
    }
  }
  return (await child.exited) === 0 ? null : [...failed];
}
