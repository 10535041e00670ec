/** `inlet streams list`: who is connected. */
import type { Command } from "@commander-js/extra-typings";
import type { Answered } from "../cluster/rollcall.ts";
import type { Database } from "../database/open.ts";
import type { Listed, Roster } from "../stream/roster.ts";
import { anIdOrName } from "./arguments.ts";
import { addCommand, group } from "./command.ts";
import { withDatabase } from "./database.ts";
import { accountId, keyId } from "./named.ts";
import { isoTime, note, printList } from "./output.ts";
import { askServing } from "./serving.ts";

interface Names {
  readonly accounts: ReadonlyMap<number, string>;
  readonly keys: ReadonlyMap<number, string>;
}

export function addStreamsCommands(program: Command): void {
  const streams = group(program, "streams", "open streams");
  addCommand(streams, "list", "show who is connected, in every process over this database")
    .option("--account <id>", "only those of this account's keys, by id or name", anIdOrName)
    .option("--key <id>", "only this key's, by id or name", anIdOrName)
    .addHelpText(
      "after",
      `
Each process that serves the database is asked, and answers within half a second, or within two seconds where the
database is remote. Those that are furthest behind come first. Of an address the network is shown.

Examples:
  inlet streams list
  inlet streams list --account Support --json`,
    )
    .action(async (options) => {
      const { answers, names } = await withDatabase(async (database, config) => {
        const { account, key } = options;
        const about = {
          accountId: account === undefined ? null : await accountId(database, account),
          keyId: key === undefined ? null : await keyId(database, key),
        };
        const answers = await askServing(database, config, { kind: "streams", about });
        return { answers, names: await namesOf(database) };
      });
      const rows = answers.flatMap((answer) =>
        (answer.body as Roster).streams.map((each) => shown(answer, each, names)),
      );
      const count = answers.reduce((sum, { body }) => sum + (body as Roster).count, 0);
      printList(
        options,
        rows,
        [
          "key_id",
          "key_name",
          "account_id",
          "account_name",
          "address",
          "since",
          "state",
          "cursor",
          "process",
        ],
        answers.length === 0
          ? "no process that serves this database answered; inlet serve starts one"
          : "nobody is connected",
      );
      if (count > rows.length)
        note(`and ${count - rows.length} more: --account or --key shows fewer of them`);
    });
}

function shown({ process }: Answered, { since, behind, ...stream }: Listed, { accounts, keys }: Names) {
  return {
    ...stream,
    key_name: keys.get(stream.key_id) ?? null,
    account_name: accounts.get(stream.account_id) ?? null,
    since: isoTime(since),
    behind,
    state: behind === 0 ? "live" : `${behind} behind`,
    process,
  };
}

async function namesOf({ read }: Database): Promise<Names> {
  const named = async (table: "accounts" | "keys") => {
    const { rows } = await read(`SELECT id, name FROM ${table}`);
    return new Map(rows.map(({ id, name }) => [Number(id), String(name)]));
  };
  return { accounts: await named("accounts"), keys: await named("keys") };
}
