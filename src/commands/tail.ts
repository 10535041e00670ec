/** `inlet tail`: follows a stream, and prints each message or gives it to a command. */
import { type Command, Option } from "@commander-js/extra-typings";
import { handleByCommand } from "../client/attempts.ts";
import type { Target } from "../client/connect.ts";
import { runCommand } from "../client/exec.ts";
import { Follower } from "../client/follower.ts";
import { type State, StateFile } from "../client/state.ts";
import type { Reached } from "../client/watch.ts";
import { foreignEnvironment, readKey, throughProxy } from "../config/config.ts";
import { CommandError, UsageError } from "../errors.ts";
import type { Message } from "../message.ts";
import { watchReader } from "../platform/libc.ts";
import { aPath, aServerUrl, aShellLine, aStart, aWait, someNumbers } from "./arguments.ts";
import { addCommand } from "./command.ts";
import { writeLine } from "./lines.ts";
import { escaped } from "./output.ts";
import { jsonLine, Screen, shownMessage } from "./screen.ts";
import { hearSignals } from "./signals.ts";

/** Two and a half heartbeats. */
const SILENCE_MS = 75_000;
const STDOUT = 1;
/** How often it looks whether anybody still reads the output. */
const READER_MS = 500;

export function addTailCommand(program: Command): void {
  addCommand(program, "tail", "follow a stream, and come back to it by itself")
    .requiredOption("--url <url>", "the server, such as https://sms.example.com", aServerUrl)
    .option("--key <key>", "the API key; better in INLET_KEY, since everybody here can see a command line")
    .option("--to <number>", "only messages to this number, repeatable", someNumbers)
    .option("--since <time>", "where to start: an ISO 8601 time, a duration such as 2h, or all", aStart)
    .option("--state <file>", "keep the position here, and go on from it; it wins over --since", aPath)
    .option("--exec <command>", "give each message to this line of shell, as JSON on its input", aShellLine)
    .option("--exec-timeout <duration>", "end a command that takes longer, and count it as failed", aWait)
    .addOption(
      new Option("--silence <duration>", "reconnect when nothing is heard for so long: over two heartbeats")
        .argParser(aWait)
        .default(SILENCE_MS, "75s"),
    )
    .addHelpText(
      "after",
      `
Examples:
  inlet tail --url https://sms.example.com
  inlet tail --url https://sms.example.com --since 1h --to +14155559999
  inlet tail --url https://sms.example.com --json | jq -r .body
  inlet tail --url https://sms.example.com --state tail.json --exec 'jq -r .body >>texts'`,
    )
    .action(async (options) => {
      if (options.execTimeout !== undefined && options.exec === undefined)
        throw new UsageError("--exec-timeout needs an --exec to end");
      const { url, to = [], since = null } = options;
      const key = aKey(options.key ?? readKey() ?? "");
      // A command deals with what strangers write, and needs no key or token of ours for it.
      const env = foreignEnvironment();
      await tail({ ...options, env }, { url, key, to, since, through: throughProxy(url) }).catch(
        (error: unknown) => {
          // It may quote what a server said.
          throw error instanceof CommandError
            ? new CommandError(escaped(error.message), { cause: error })
            : error;
        },
      );
    });
}

/** Keys of other servers, too, as long as a header can carry them. What it is is not repeated. Throws `UsageError`. */
function aKey(text = ""): string {
  const key = text.trim();
  if (key === "") throw new UsageError("the API key is missing: set INLET_KEY, or give --key");
  if (!/^[\x21-\x7e]{1,512}$/.test(key))
    throw new UsageError("the API key is not 1 to 512 printable characters without blanks");
  return key;
}

interface TailOptions {
  readonly json?: true | undefined;
  readonly state?: string | undefined;
  readonly exec?: string | undefined;
  readonly execTimeout?: number | undefined;
  readonly silence: number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

async function tail(options: TailOptions, target: Target): Promise<void> {
  const signals = hearSignals();
  const [stop, kill] = [new AbortController(), new AbortController()];
  void signals.asked.then(() => stop.abort());
  void signals.askedAgain.then(() => kill.abort());
  const monotonic = () => performance.now();
  const state = options.state === undefined ? null : new StateFile(options.state);
  // A terminal that does not know its width says 0.
  const columns = () => process.stderr.columns || 80;
  const screen = new Screen({ draw: terminal(options.env), columns, monotonic });
  const handle =
    options.exec === undefined
      ? printing(options, stop.signal)
      : executing(options, screen, stop.signal, kill.signal);
  // A command that handles the messages needs no reader.
  const unwatch = options.exec === undefined ? watchReader(STDOUT, READER_MS, () => stop.abort()) : null;
  try {
    if (state?.held) introduce(state.held, target, screen);
    await new Follower({
      target,
      cursor: state?.held?.cursor ?? null,
      silenceMs: options.silence,
      handle: (message) => screen.during(() => handle(message)),
      keep: (reached) => state && keep(state, reached, target.url, screen),
      // What is printed costs less than a file that is synced, and coming twice does no harm.
      keepsEach: options.exec !== undefined,
      watch: screen,
      stop: stop.signal,
      fetch,
      random: Math.random,
      monotonic,
    }).run();
  } finally {
    unwatch?.();
    screen.close();
    state?.close();
  }
}

type Handle = (message: Message) => Promise<boolean>;

function printing({ json }: TailOptions, stop: AbortSignal): Handle {
  const shown = json || !process.stdout.isTTY ? jsonLine : shownMessage;
  return (message) => writeLine(shown(message), stop);
}

function executing(
  { exec: command = "", execTimeout, env }: TailOptions,
  screen: Screen,
  stop: AbortSignal,
  kill: AbortSignal,
): Handle {
  const execution = { command, env, timeoutMs: execTimeout ?? null, kill };
  const run = (message: Message) => runCommand(execution, message);
  const note = (text: string) => screen.note(text);
  return (message) => handleByCommand({ run, note, stop, random: Math.random }, message);
}

/** Says where it goes on, if that is not what the command line looks like. */
function introduce({ url }: State, target: Target, screen: Screen): void {
  if (target.since !== null) screen.note("--since is ignored: the state file says where to continue");
  if (url !== target.url)
    screen.note(`the state file is from ${url}: continuing from its position at ${target.url}`);
}

function keep(state: StateFile, reached: Reached, url: string, screen: Screen): void {
  const before = state.held?.account ?? null;
  const account = reached.account ?? before;
  if (before !== null && account !== before)
    screen.note(
      `the state file is account ${before}'s, and the key is account ${account}'s: it is theirs from now on`,
    );
  state.write({ cursor: reached.cursor, url, account });
}

/** A status needs a terminal for both, so that it can step aside for what is printed. */
function terminal({ TERM }: TailOptions["env"]): ((text: string) => void) | null {
  if (!process.stdout.isTTY || !process.stderr.isTTY || TERM === "dumb") return null;
  return (text) => process.stderr.write(text);
}
