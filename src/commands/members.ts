/** `inlet members`: which users are in which teams. */
import type { Command } from "@commander-js/extra-typings";
import { addMember, listMembers, type Member, removeMember } from "../directory/members.ts";
import { anId } from "./arguments.ts";
import { addCommand, group } from "./command.ts";
import { withDatabase } from "./database.ts";
import { isoTime, printList, printOne } from "./output.ts";

export function addMembersCommands(program: Command): void {
  const members = group(
    program,
    "members",
    "users in teams: a user's key sees the numbers of the user's teams",
  );

  addCommand(members, "add", "add a user to a team")
    .requiredOption("--team <id>", "the team's id", anId)
    .requiredOption("--user <id>", "the user's id", anId)
    .addHelpText(
      "after",
      `
Examples:
  inlet members add --team 1 --user 2
  inlet members add --team 1 --user 2 --json`,
    )
    .action(async (options) => {
      const member = await withDatabase((database) =>
        addMember(database, options.team, options.user, Date.now()),
      );
      printOne(options, shown(member), `added user ${options.user} to team ${options.team}`);
    });

  addCommand(members, "remove", "remove a user from a team; open streams follow within two seconds")
    .requiredOption("--team <id>", "the team's id", anId)
    .requiredOption("--user <id>", "the user's id", anId)
    .addHelpText(
      "after",
      `
Examples:
  inlet members remove --team 1 --user 2
  inlet members remove --team 1 --user 2 --json`,
    )
    .action(async (options) => {
      await withDatabase((database) => removeMember(database, options.team, options.user));
      const removed = { team_id: options.team, user_id: options.user };
      printOne(options, removed, `removed user ${options.user} from team ${options.team}`);
    });

  addCommand(members, "list", "show a team's members")
    .requiredOption("--team <id>", "the team's id", anId)
    .addHelpText(
      "after",
      `
Examples:
  inlet members list --team 1
  inlet members list --team 1 --json | jq '.[].name'`,
    )
    .action(async (options) => {
      const all = await withDatabase((database) => listMembers(database, options.team));
      printList(
        options,
        all.map(shown),
        ["team_id", "user_id", "name", "created_at"],
        `team ${options.team} has no members yet; add one with inlet members add`,
      );
    });
}

function shown({ team_id, user_id, name, created_at }: Member) {
  return { team_id, user_id, name, created_at: isoTime(created_at) };
}
