/**
 * `bun run test [FILE …]`: builds the executable once, and runs the test files in as many processes as there are
 * cores, the slowest ones first. `bun run test --serial` runs them in one, `--timings` also notes how long each took.
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
  ...(given.includes("--serial") ? [] : [`--parallel=${Math.max(2, availableParallelism())}`]),
  `--timings=${TIMINGS}`,
  ...(given.includes("--timings") ? ["--update-timings"] : []),
  ...files,
];
const { exited } = Bun.spawn(command, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] });
process.exit(await exited);
