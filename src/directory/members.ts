/** Which users are in which teams. A user's key sees the numbers of every team the user is in, now. */
import { and, asc, eq, sql } from "drizzle-orm";
import { audited } from "../database/audit.ts";
import { BUMP_DIRECTORY } from "../database/installation.ts";
import { type Database, statement } from "../database/open.ts";
import { accounts, members } from "../database/schema.ts";
import { CommandError } from "../errors.ts";
import { type AccountKind, requireAccount } from "./accounts.ts";

export interface Member {
  readonly team_id: number;
  readonly user_id: number;
  readonly name: string;
  readonly created_at: number;
}

/** Adding a member twice is adding it once. Throws {@link CommandError} unless one is a team and one a user. */
export async function addMember(
  database: Database,
  team: number,
  user: number,
  now: number,
): Promise<Member> {
  await requireKind(database, team, "team");
  const account = await requireKind(database, user, "user");
  const insert = database.orm
    .insert(members)
    .values({ team_id: team, user_id: user, created_at: now })
    .onConflictDoUpdate({
      target: [members.team_id, members.user_id],
      set: { created_at: sql`${members.created_at}` },
    });
  const [inserted] = await database.write([
    statement(insert.returning()),
    ...audited(database, "members.add", { team_id: team, user_id: user }),
    BUMP_DIRECTORY,
  ]);
  return {
    team_id: team,
    user_id: user,
    name: account.name,
    created_at: Number(inserted?.rows[0]?.created_at ?? now),
  };
}

export async function removeMember(database: Database, team: number, user: number): Promise<void> {
  const remove = database.orm
    .delete(members)
    .where(and(eq(members.team_id, team), eq(members.user_id, user)));
  const [removed] = await database.write([
    statement(remove),
    ...audited(database, "members.remove", { team_id: team, user_id: user }),
    BUMP_DIRECTORY,
  ]);
  if (!removed?.rowsAffected) throw new CommandError(`account ${user} is not a member of team ${team}`);
}

export async function listMembers(database: Database, team: number): Promise<Member[]> {
  await requireKind(database, team, "team");
  return database.orm
    .select({
      team_id: members.team_id,
      user_id: members.user_id,
      name: accounts.name,
      created_at: members.created_at,
    })
    .from(members)
    .innerJoin(accounts, eq(accounts.id, members.user_id))
    .where(eq(members.team_id, team))
    .orderBy(asc(members.user_id));
}

async function requireKind(database: Database, id: number, kind: AccountKind) {
  const account = await requireAccount(database, id);
  if (account.kind !== kind) throw new CommandError(`account ${id} is a ${account.kind}, not a ${kind}`);
  return account;
}
