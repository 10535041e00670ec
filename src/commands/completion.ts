/** `inlet completion`: a shell that is asked for the rest of a line asks the executable, which knows its own commands. */
import { type Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { group, strict } from "./command.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

type Shell = (typeof SHELLS)[number];

/** What draws the scripts, and finds the words, is loaded here alone: no other command waits for it. */
export function addCompletionCommand(program: Command): void {
  const own = group(program, "completion", "print what completes commands and options in a shell")
    .argument("<shell>", SHELLS.join(", "), aShell)
    .addHelpText(
      "after",
      `
In bash it needs the package bash-completion, which most systems have.

Examples:
  source <(inlet completion bash)             for this shell; in ~/.bashrc for each
  inlet completion zsh >~/.zsh/_inlet         in a folder of fpath
  inlet completion fish >~/.config/fish/completions/inlet.fish`,
    )
    .action(async (shell) => {
      const { default: tab } = await import("@bomb.sh/tab");
      tab.setup("inlet", "inlet", shell);
    });
  // The script asks by this name.
  const asked = strict(program.command("complete", { hidden: true }))
    .argument("[words...]")
    .action(async (words) => {
      const { default: describe } = await import("@bomb.sh/tab/commander");
      // It adds commands of these names, which end with this process.
      const others = program.commands.filter(
        (each) => each.name() !== own.name() && each.name() !== asked.name(),
      );
      Object.assign(program, { commands: others });
      describe(program as unknown as Parameters<typeof describe>[0], {
        completionCommandName: own.name(),
      }).parse([...words]);
    });
}

function aShell(text: string): Shell {
  const shell = SHELLS.find((each) => each === text);
  if (shell) return shell;
  throw new InvalidArgumentError(`${JSON.stringify(text)} is not one of ${SHELLS.join(", ")}.`);
}
