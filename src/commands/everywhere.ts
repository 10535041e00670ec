/** What every command takes, and what every help says: whichever file a command is made in, it is the same. */
import { type Command, Option } from "@commander-js/extra-typings";
import { loadEnvFile, setVariables } from "../config/config.ts";
import { UsageError } from "../errors.ts";
import type { ChapterName } from "../manual/contents.ts";
import { aDatabase, once } from "./arguments.ts";
import { escaped, note } from "./output.ts";

const SETTINGS = "Settings:";

/** Where to read on, by the first word of a command. */
const CHAPTERS: Readonly<Record<string, ChapterName>> = {
  serve: "deploy", demo: "stream", init: "telnyx", accounts: "limits", members: "limits", numbers: "telnyx",
  keys: "limits", messages: "operate", streams: "operate", processes: "operate", tail: "clients",
  simulate: "telnyx", telnyx: "telnyx", audit: "operate", database: "backup", doctor: "operate",
  dashboard: "operate", systemd: "deploy", version: "upgrade", completion: "commands",
}; // biome-ignore format: a table

/** Those that open no database of ours. */
const WITHOUT_DATABASE: ReadonlySet<string> = new Set([
  "demo",
  "tail",
  "telnyx setup",
  "dashboard",
  "systemd",
  "version",
  "completion",
  "complete",
  "help",
]);

/** Once all commands are there. One step for each. */
export function completeCommands(program: Command): void {
  for (const command of program.commands) complete(command as Command, [command.name()]);
}

function complete(command: Command, words: readonly string[]): void {
  const [first = ""] = words;
  const chapter = CHAPTERS[first];
  if (chapter) command.addHelpText("after", `\nThe manual: inlet help ${chapter}`);
  if (command.commands.length > 0) {
    for (const each of command.commands) complete(each as Command, [...words, each.name()]);
    return;
  }
  command.usage(usageOf(command));
  nameMistypedFirst(command);
  if (!WITHOUT_DATABASE.has(first) && !WITHOUT_DATABASE.has(words.join(" "))) {
    command.addOption(
      new Option("--database <url>", "the database, instead of DATABASE_URL; a path will do")
        .argParser(aDatabase)
        .helpGroup(SETTINGS),
    );
  }
  // Of `inlet help` it is another option.
  if (!command.options.some(({ long }) => long === "--env-file")) {
    command.addOption(
      new Option("--env-file <file>", "read variables from a file; those already set win")
        .argParser(once)
        .helpGroup(SETTINGS),
    );
  }
}

/** With the options that must be there, which are no options to whoever reads `[options]`. */
function usageOf({ registeredArguments, options }: Command): string {
  const operands = registeredArguments.map((argument) => {
    const name = argument.name() + (argument.variadic ? "..." : "");
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  const required = options.filter(({ mandatory }) => mandatory).map(({ flags }) => flags);
  return [...operands, ...required, "[options]"].join(" ");
}

/** Of two faults the mistyped name is told: it may be why the other option is missing. */
function nameMistypedFirst(command: Command): void {
  const parse = command.parseOptions.bind(command);
  command.parseOptions = (args) => {
    const parsed = parse(args);
    const isMistyped = parsed.unknown.some((word) => /^-/.test(word) && word !== "--help" && word !== "-h");
    if (isMistyped) for (const option of command.options) option.mandatory = false;
    return parsed;
  };
}

/** What `--host`, `--port`, `--database` and `--env-file` say, before the command reads its variables. */
export function applySettings(program: Command, command: Command): void {
  const given: Record<string, unknown> = command.opts();
  const text = (name: string) => (typeof given[name] === "string" ? given[name] : undefined);
  const flags = { HOST: text("host"), PORT: text("port"), DATABASE_URL: text("database") };
  setVariables(Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined)));
  const { envFile } = program.opts() as { envFile?: string };
  const ownFile = text("envFile");
  if (envFile !== undefined && ownFile !== undefined) throw new UsageError("--env-file may be given once");
  const file = envFile ?? ownFile;
  if (file !== undefined) for (const warning of loadEnvFile(file)) note(escaped(`warning: ${warning}`));
}
