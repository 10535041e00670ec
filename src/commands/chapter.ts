/** Every command's help in Markdown, taken from the commands themselves. */
import type { Command } from "@commander-js/extra-typings";

/** Of a line of help in a chapter. */
const WIDTH = 96;

/** The commands that people see, in the program's order, each with what `--help` prints. */
export function describeCommands(program: Command): string {
  const sections = visible(program).map((command) => {
    const subcommands = visible(command);
    const body = subcommands.length === 0 ? [block(command)] : subcommands.map(section);
    return [`## inlet ${command.name()}`, ...body].join("\n\n");
  });
  return sections.join("\n\n");
}

function section(command: Command): string {
  return `### inlet ${command.parent?.name()} ${command.name()}\n\n${block(command)}`;
}

function visible(command: Command): Command[] {
  const listed = command.createHelp().visibleCommands(command) as Command[];
  return listed.filter((each) => each.name() !== "help");
}

function block(command: Command): string {
  return `\`\`\`\n${helpOf(command).trim()}\n\`\`\``;
}

/** What `--help` prints, with what was added to it, and without a terminal's width or colours. */
function helpOf(command: Command): string {
  let text = "";
  const before = command.configureOutput();
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => WIDTH,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  command.configureOutput(before);
  return text;
}
