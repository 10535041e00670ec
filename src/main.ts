/** argv → command. The only place that ends the process: 0 done, 1 failed, 2 wrong usage. */
import { CommanderError } from "@commander-js/extra-typings";
import { OutputClosed } from "./commands/output.ts";
import { createProgram } from "./commands/program.ts";
import { CommandError, Failure, UsageError } from "./errors.ts";
import { errorFields } from "./log/log.ts";

async function run(argv: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(argv);
    return 0;
  } catch (error) {
    // Commander has already said what is wrong; asking for help is not wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof OutputClosed) return 0;
    if (error instanceof Failure) return 1;
    if (error instanceof UsageError) return fail(error.message, 2);
    if (error instanceof CommandError) return fail(error.message, 1);
    return fail(`something went wrong: ${JSON.stringify(errorFields(error))}`, 1);
  }
}

function fail(message: string, exitCode: number): number {
  for (const line of message.split("\n")) process.stderr.write(`error: ${line}\n`);
  return exitCode;
}

process.exit(await run(process.argv));
