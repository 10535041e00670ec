/** `inlet help`: the commands and the chapters of the manual, a chapter, or a command's own help. */
import { type Command, Option } from "@commander-js/extra-typings";
import { UsageError } from "../errors.ts";
import { type ChapterName, CONTENTS, isChapter } from "../manual/contents.ts";
import { describeCommands } from "./chapter.ts";
import { group } from "./command.ts";
import { print } from "./output.ts";

/** A terminal that does not know its width says 0. */
const USUAL_COLUMNS = 80;

export function addHelpCommand(program: Command): void {
  program.helpCommand(false).addHelpText("after", chapterList());
  group(program, "help", "print a chapter of the manual, or the help of a command")
    .argument("[topic...]", "a chapter, or a command")
    .addOption(new Option("--env-file", "of the chapter environment: print a commented file to start from"))
    .addHelpText(
      "after",
      `
Examples:
  inlet help                             what there is
  inlet help deploy                      a chapter
  inlet help deploy | less               as Markdown
  inlet help keys create                 the help of a command
  inlet help environment --env-file >inlet.env`,
    )
    .action(async (topic, { envFile }) => {
      const [name = "", ...more] = topic;
      if (envFile) {
        if (name !== "environment" || more.length > 0)
          throw new UsageError("--env-file belongs to the chapter: inlet help environment --env-file");
        const { environmentFile } = await import("../manual/environment.ts");
        return print(environmentFile());
      }
      if (name === "") return program.outputHelp();
      if (isChapter(name) && more.length === 0) return printChapter(program, name);
      commandOf(program, topic).outputHelp();
    });
}

/** For the end of the program's help. */
function chapterList(): string {
  const width = Math.max(...CONTENTS.map(({ name }) => name.length)) + 2;
  const lines = CONTENTS.map(({ name, about }) => `  ${name.padEnd(width)}${about}`);
  return `
The manual, by inlet help CHAPTER, and under /docs/manual of a running service:
${lines.join("\n")}`;
}

/** The texts are only loaded here: no other command waits for them. */
async function printChapter(program: Command, name: ChapterName): Promise<void> {
  const { chapterText } = await import("../manual/chapters.ts");
  const text = chapterText(name, () => describeCommands(program)).trimEnd();
  const { stdout } = process;
  if (!stdout.isTTY || !stdout.hasColors()) return print(text);
  const { forTerminal } = await import("../manual/terminal.ts");
  print(forTerminal(text, stdout.columns || USUAL_COLUMNS));
}

/** Throws {@link UsageError} with what there is. */
function commandOf(program: Command, path: readonly string[]): Command {
  let command = program;
  for (const name of path) {
    const next = command.commands.find((each) => each.name() === name || each.aliases().includes(name));
    if (!next)
      throw new UsageError(
        `${JSON.stringify(path.join(" "))} is neither a command nor a chapter; chapters are ${CONTENTS.map((entry) => entry.name).join(", ")}`,
      );
    command = next as Command;
  }
  return command;
}
