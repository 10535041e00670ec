/** What all commands have in common: strict arguments, `--json`, help on every level. */
import type { Command } from "@commander-js/extra-typings";
import { UsageError } from "../errors.ts";

/** A command that prints data. Unknown options, missing and surplus arguments are refused by commander. */
export function addCommand(parent: Command, name: string, description: string) {
  return strict(parent.command(name)).description(description).option("--json", "print JSON only");
}

/** A command that has commands. */
export function group(parent: Command, name: string, description: string): Command {
  return strict(parent.command(name)).description(description);
}

/** Commands that the contract names and this version does not have are refused by name. */
export function notInThisVersion(parent: Command, ...names: string[]): void {
  for (const name of names) {
    const path = parent.parent ? `${parent.name()} ${name}` : name;
    const refuse = () => {
      throw new UsageError(`inlet ${path} is not in this version of Inlet`);
    };
    const later = parent.command(name, { hidden: true });
    later.helpInformation = refuse;
    later.allowUnknownOption().allowExcessArguments().helpOption(false).action(refuse);
  }
}

/** Sub-commands inherit the way errors leave: as an exception, with a pointer to the help. */
export function strict<T extends Command>(command: T): T {
  command.allowExcessArguments(false).exitOverride();
  command.showHelpAfterError("(see --help)");
  return command;
}
