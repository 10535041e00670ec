/** Values as they are written: cursors, keys, tickets, times, numbers, and the arguments of commands. */
import { CommanderError } from "@commander-js/extra-typings";
import { parsePageCursor } from "../../src/api/pagecursor.ts";
import * as readings from "../../src/commands/arguments.ts";
import { createProgram } from "../../src/commands/program.ts";
import { CommandError, Failure, UsageError } from "../../src/errors.ts";
import { shownKey, shownTicket } from "../../src/keys/credential.ts";
import { generateKey, isKey } from "../../src/keys/key.ts";
import { hashed } from "../../src/keys/principal.ts";
import { formatCursor, parseCursor } from "../../src/values/cursor.ts";
import { parseDuration } from "../../src/values/duration.ts";
import { parseNumber, parseQueryNumber, querySenderForm, senderForm } from "../../src/values/phone.ts";
import { parseTime } from "../../src/values/time.ts";
import { type Target, within } from "./target.ts";

const never = () => false;

export const cursors: Target = {
  name: "cursors",
  corpus: [
    "k3f9-1041",
    "abcd-0",
    "abcdefghijklmnop-999999999999999",
    "ZGVzYyBrM2Y5LTEwNDE",
    "YXNjIGszZjktMTA0MQ",
  ],
  try: (input) => {
    let fault: string | null = null;
    const read = () => {
      const cursor = parseCursor(input);
      if (cursor && formatCursor(cursor.epoch, cursor.seq) !== input)
        fault = "it is not what it was read from";
      const page = parsePageCursor(input);
      if (page && !Number.isSafeInteger(page.seq)) fault = "its seq is no position";
    };
    return within(read, never) ?? fault;
  },
};

export const credentials: Target = {
  name: "keys and tickets",
  corpus: [
    generateKey(),
    `Bearer ${generateKey()}`,
    `ticket_${"a".repeat(32)}`,
    "inlet_",
    "Bearer ",
    "Basic YTpi",
  ],
  try: (input) => {
    let request: Request;
    try {
      const headers = { authorization: input };
      request = new Request(
        `http://127.0.0.1/v1/sms/stream?ticket=${encodeURIComponent(input.toWellFormed())}`,
        { headers },
      );
    } catch {
      return null; // the runtime takes no such header
    }
    const secret = input.replace(/^bearer +/i, "").trim();
    let fault: string | null = null;
    const read = () => {
      for (const shown of [shownKey(request), shownTicket(request)]) {
        const credential = shown && hashed(shown);
        if (credential?.kind === "key" && !isKey(secret)) fault = "it was taken for a key";
      }
    };
    return within(read, never) ?? fault;
  },
};

export const values: Target = {
  name: "values",
  corpus: [
    "+14155551234",
    "12345",
    "10m",
    "30d",
    "2026-05-22T18:30:00.000Z",
    "all",
    "ACME",
    "https://example.com/webhooks/telnyx",
  ],
  try: (input) => {
    const fault = within(() => {
      for (const read of [
        parseDuration,
        parseNumber,
        parseQueryNumber,
        senderForm,
        querySenderForm,
        parseTime,
      ])
        read(input);
    }, never);
    if (fault) return fault;
    const number = parseNumber(input);
    if (number !== null && parseNumber(number) !== number) return `${number} is not read as itself`;
    for (const [name, read] of Object.entries(readings)) {
      const wrong = within(
        () => (read as (text: string) => unknown)(input),
        (error) => error instanceof CommanderError,
      );
      if (wrong) return `${name}: ${wrong}`;
    }
    return null;
  },
};

/** What commands take; what they do is left out. */
export const commandLines: Target = {
  name: "command lines",
  corpus: [
    "serve --port 3000 --host 127.0.0.1",
    "accounts create --kind user --name A --json",
    "numbers add +14155551234 --account 1 --label x",
    "keys create --account 1 --scope sms:read --expires 90d",
    "messages list --since 10m --limit 5 --unrouted",
    "messages claim --to +14155551234 --account 1 --force",
    "tail --url http://127.0.0.1:3000 --to +14155551234 --since 2h",
    "members add --team 3 --user 1",
    "help environment",
    "--version",
  ],
  try: async (input) => {
    const program = createProgram();
    silence(program);
    try {
      await program.parseAsync([
        "bun",
        "inlet",
        ...input.split(" ").filter((part) => !part.startsWith("--env")),
      ]);
    } catch (error) {
      const isTold = [CommanderError, UsageError, CommandError, Failure].some(
        (kind) => error instanceof kind,
      );
      if (!isTold) return `it threw ${error instanceof Error ? error.stack : String(error)}`;
    }
    return null;
  },
};

type Program = ReturnType<typeof createProgram>;

function silence(command: Program): void {
  const nothing = () => undefined;
  command.configureOutput({ writeOut: nothing, writeErr: nothing });
  if (command.commands.length === 0) command.action(nothing);
  for (const each of command.commands) silence(each as Program);
}
