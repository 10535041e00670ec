/** `inlet audit`: who changed what. */
import type { Command } from "@commander-js/extra-typings";
import { listAudit } from "../database/audit.ts";
import { aLimit, aTime } from "./arguments.ts";
import { addCommand, group } from "./command.ts";
import { withDatabase } from "./database.ts";
import { isoTime, printList } from "./output.ts";

const DEFAULT_LIMIT = 50;

export function addAuditCommands(program: Command): void {
  const audit = group(program, "audit", "who changed accounts, numbers, keys and messages");

  addCommand(audit, "list", "show the newest changes")
    .option("--since <time>", "only those since then: an ISO 8601 time, or a duration such as 2h", aTime)
    .option("--limit <n>", "at most this many", aLimit, DEFAULT_LIMIT)
    .addHelpText(
      "after",
      `
Each change by a command is written down with it, in one transaction: the user of the machine, the command, what, and when.
Nothing of it is removed by retention or by a command. Keys, texts and erased numbers are not in it. What is done past
Inlet, in the database itself, is not either.

Examples:
  inlet audit list --since 7d
  inlet audit list --json | jq '.[] | select(.action == "keys.revoke")'`,
    )
    .action(async (options) => {
      const entries = await withDatabase(
        ({ read }) => listAudit(read, options.since ?? 0, options.limit),
        true,
      );
      const shown = entries.map(({ at, ...entry }) => ({ ...entry, at: isoTime(at) }));
      if (options.json) return printList(options, shown, [], "");
      printList(
        options,
        shown.map((entry) => ({ ...entry, details: inWords(entry.details) })),
        ["at", "user", "command", "action", "details"],
        "nothing was changed by a command yet",
      );
    });
}

function inWords(details: Record<string, unknown>): string {
  return Object.entries(details)
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => `${name}=${Array.isArray(value) ? value.join(",") : String(value)}`)
    .join(" ");
}
