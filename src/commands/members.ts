/** `inlet members`: which users are in which teams. */
import type { Command } from "@commander-js/extra-typings";
import type { Database } from "../database/open.ts";
import { addMember, listMembers, type Member, removeMember } from "../directory/members.ts";
import { anIdOrName } from "./arguments.ts";
import { addCommand, group } from "./command.ts";
import { withDatabase } from "./database.ts";
import { accountId, type Named } from "./named.ts";
import { isoTime, printList, printOne } from "./output.ts";

export function addMembersCommands(program: Command): void {
  const members = group(
    program,
    "members",
    "users in teams: a user's key sees the numbers of the user's teams",
  );

  addCommand(members, "add", "add a user to a team")
    .requiredOption("--team <id>", "the team's id, or its name", anIdOrName)
    .requiredOption("--user <id>", "the user's id, or its name", anIdOrName)
    .addHelpText(
      "after",
      `
Examples:
  inlet members add --team 1 --user 2
  inlet members add --team Support --user Ann`,
    )
    .action(async (options) => {
      const member = await withDatabase(async (database) => {
        const { team, user } = await both(database, options);
        return addMember(database, team, user, Date.now());
      });
      printOne(options, shown(member), `added user ${member.user_id} to team ${member.team_id}`);
    });

  addCommand(members, "remove", "remove a user from a team; open streams follow within two seconds")
    .requiredOption("--team <id>", "the team's id, or its name", anIdOrName)
    .requiredOption("--user <id>", "the user's id, or its name", anIdOrName)
    .addHelpText(
      "after",
      `
Examples:
  inlet members remove --team 1 --user 2
  inlet members remove --team 1 --user 2 --json`,
    )
    .action(async (options) => {
      const { team, user } = await withDatabase(async (database) => {
        const ids = await both(database, options);
        await removeMember(database, ids.team, ids.user);
        return ids;
      });
      printOne(options, { team_id: team, user_id: user }, `removed user ${user} from team ${team}`);
    });

  addCommand(members, "list", "show a team's members")
    .requiredOption("--team <id>", "the team's id, or its name", anIdOrName)
    .addHelpText(
      "after",
      `
Examples:
  inlet members list --team 1
  inlet members list --team 1 --json | jq '.[].name'`,
    )
    .action(async (options) => {
      const all = await withDatabase(async (database) =>
        listMembers(database, await accountId(database, options.team)),
      );
      printList(
        options,
        all.map(shown),
        ["team_id", "user_id", "name", "created_at"],
        `team ${options.team} has no members yet; add one with inlet members add`,
      );
    });
}

async function both(database: Database, { team, user }: { readonly team: Named; readonly user: Named }) {
  return { team: await accountId(database, team), user: await accountId(database, user) };
}

function shown({ team_id, user_id, name, created_at }: Member) {
  return { team_id, user_id, name, created_at: isoTime(created_at) };
}
