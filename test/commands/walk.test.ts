/** One walk over all commands: what holds for each of them, also for the next one. */
import { afterEach, expect, test } from "bun:test";
import { type Command, CommanderError } from "@commander-js/extra-typings";
import { applySettings } from "../../src/commands/everywhere.ts";
import { createProgram } from "../../src/commands/program.ts";
import { isChapter } from "../../src/manual/contents.ts";

const MAX_WIDTH = 80;

/** Those that people see and run, each with its words. */
function commands(of: Command = createProgram(), words: readonly string[] = []): [string, Command][] {
  const visible = of.createHelp().visibleCommands(of) as Command[];
  // Each group has a `help` of commander's.
  const listed = visible.filter((each) => each.name() !== "help" || each.options.length > 0);
  if (listed.length === 0) return [[words.join(" "), of]];
  return listed.flatMap((each) => commands(each, [...words, each.name()]));
}

function helpOf(command: Command): string {
  let help = "";
  command.configureOutput({
    writeOut: (part) => {
      help += part;
    },
    getOutHelpWidth: () => MAX_WIDTH,
  });
  command.outputHelp();
  return help;
}

const { HOST, PORT, DATABASE_URL } = process.env;
afterEach(() => {
  for (const [name, value] of Object.entries({ HOST, PORT, DATABASE_URL })) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

test("every help has two to five examples that call the command, and names a chapter that there is", () => {
  for (const [words, command] of commands()) {
    const help = helpOf(command);
    const examples = help.split("Examples:\n")[1]?.split("\n\n")[0]?.trimEnd().split("\n") ?? [];
    expect(examples.length, words).toBeWithin(2, 6);
    const calling = examples.filter(
      (line) => line.includes(`inlet ${words}`) || line.includes("inlet --env-file"),
    );
    expect(calling.length, words).toBeGreaterThan(0);
    const chapter = /The manual: inlet help (\S+)\n/.exec(help)?.[1];
    if (words !== "help") expect(isChapter(chapter ?? ""), `${words}: ${chapter}`).toBe(true);
  }
});

test("every usage line shows what must be given, in words that can be typed", () => {
  for (const [words, command] of commands()) {
    const usage = helpOf(command).split("\n\n")[0] ?? "";
    expect(usage.replace(/\s+/g, " "), words).toStartWith(`Usage: inlet ${words} `);
    for (const option of command.options) {
      if (option.mandatory) expect(usage, words).toContain(option.flags);
      expect(option.description, `${words} ${option.flags}`).not.toBe("");
    }
    for (const argument of command.registeredArguments) expect(usage, words).toContain(argument.name());
  }
});

test("a mistyped option is named, and no other that is missing, in every command", async () => {
  for (const [words] of commands()) {
    const program = createProgram();
    let said = "";
    for (const command of [program, ...all(program)])
      command.configureOutput({
        writeErr: (text) => {
          said += text;
        },
      });
    const wrong = program.parseAsync(["inlet", "inlet", ...words.split(" "), "--no-such-thing"]);
    const error = await wrong.catch((error: unknown) => error);
    expect(error, words).toBeInstanceOf(CommanderError);
    expect(error, words).toMatchObject({ code: "commander.unknownOption", exitCode: 1 });
    expect(said, words).toStartWith("error: unknown option '--no-such-thing'\n");
  }
});

function all(of: Command): Command[] {
  return of.commands.flatMap((each) => [each as Command, ...all(each as Command)]);
}

test("options win over variables, and the path of a file is a database", () => {
  process.env.PORT = "1";
  const program = createProgram();
  const serve = program.commands.find((each) => each.name() === "serve") as Command;
  serve.parseOptions(["--port", "0", "--host", "::1", "--database", "/a/b.db"]);
  applySettings(program, serve);
  const { HOST, PORT, DATABASE_URL } = process.env;
  expect({ HOST, PORT, DATABASE_URL }).toEqual({ HOST: "::1", PORT: "0", DATABASE_URL: "file:/a/b.db" });
});
