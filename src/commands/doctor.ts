/** `inlet doctor`: what is wrong with this installation, and how to mend it. */
import type { Command } from "@commander-js/extra-typings";
import { judgeConfig, throughProxy } from "../config/config.ts";
import { serverUrlOf } from "../config/network.ts";
import { CommandError, Failure } from "../errors.ts";
import { examine } from "../operations/doctor/doctor.ts";
import { CHECK_NAMES, type Finding, type Level } from "../operations/doctor/finding.ts";
import { addCommand } from "./command.ts";
import { escaped, print, printJson } from "./output.ts";
import { hearSignals } from "./signals.ts";
import { wrapped } from "./table.ts";

const NAME_WIDTH = Math.max(...CHECK_NAMES.map((check) => check.length));
const LEVEL_WIDTH = "skipped".length;
const GAP = "  ";
const INDENT = NAME_WIDTH + LEVEL_WIDTH + 2 * GAP.length;
/** Where no terminal says how wide it is, nothing is broken. */
const MIN_TEXT = 30;

export function addDoctorCommand(program: Command): void {
  addCommand(program, "doctor", "say what is wrong with this installation, and how to mend it")
    .addHelpText(
      "after",
      `
Run it with the variables of the service, as the service's user, on its machine. It changes nothing; a message of its own
goes through the running service and is removed again. Exit code 1 when anything is an error.

Examples:
  inlet doctor
  inlet --env-file /etc/inlet.env doctor
  inlet doctor --json | jq '.findings[] | select(.level == "error")'`,
    )
    .action(async (options) => {
      const { config, faults } = judgeConfig();
      const stop = new AbortController();
      void hearSignals().asked.then(() => stop.abort());
      const known = { config, faults, serverUrl: serverUrlOf(config), throughProxy };
      const deps = { ...known, now: Date.now, stop: stop.signal };
      const diagnosis = await examine(deps, options.json ? undefined : (finding) => print(shown(finding)));
      if (stop.signal.aborted) throw new CommandError("stopped: not all was looked at");
      if (options.json) printJson(diagnosis);
      else print(`\n${summary(diagnosis.findings)}`);
      if (!diagnosis.ok) throw new Failure("an error was found");
    });
}

/** The name, the level and the sentence, and the mend below it. */
function shown({ check, level, message, mend }: Finding): string {
  const head = `${check.padEnd(NAME_WIDTH)}${GAP}${level.padEnd(LEVEL_WIDTH)}${GAP}`;
  return (
    head +
    [message, ...(mend === undefined ? [] : [`→ ${mend}`])].map(indented).join(`\n${" ".repeat(INDENT)}`)
  );
}

function indented(text: string): string {
  const columns = (process.stdout.isTTY && process.stdout.columns) || 0;
  const lines =
    columns === 0 ? [escaped(text)] : wrapped(escaped(text), Math.max(MIN_TEXT, columns - INDENT));
  return lines.join(`\n${" ".repeat(INDENT)}`);
}

function summary(findings: readonly Finding[]): string {
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length;
  const many = (n: number, word: string) => `${n} ${word}${n === 1 ? "" : "s"}`;
  const parts = [many(count("error"), "error"), many(count("warning"), "warning")];
  if (count("skipped") > 0) parts.push(`${count("skipped")} could not be looked at`);
  return parts.join(", ");
}
