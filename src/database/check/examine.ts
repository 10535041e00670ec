/**
 * What is wrong with a database: its file, its tables, and what they say of each other. Only reads. Costs a reading of all
 * that there is: for a command, on a thread that serves nobody.
 */
import { CommandError, errorCode } from "../../errors.ts";
import type { Read } from "../result.ts";
import { checkCounters } from "./counters.ts";
import { checkSearch } from "./searchindex.ts";
import { checkForeignKeys, checkIntegrity, checkMigrations, checkOthers, checkTables } from "./structure.ts";
import { checkTexts } from "./texts.ts";

/** In the order in which they are made: what the later ones read, the first ones have looked at. */
export const CHECKS = {
  integrity: checkIntegrity,
  migrations: checkMigrations,
  tables: checkTables,
  other_tables: checkOthers,
  foreign_keys: checkForeignKeys,
  text: checkTexts,
  counters: checkCounters,
  search: checkSearch,
} as const;

export type CheckName = keyof typeof CHECKS;

export interface Finding {
  readonly check: CheckName;
  readonly finding: string;
}

export interface Examination {
  readonly messages: number;
  readonly bytes: number;
  /** Those that were made. */
  readonly checks: readonly CheckName[];
  /** Those that a server did not allow. */
  readonly skipped: readonly CheckName[];
  readonly findings: readonly Finding[];
}

export interface ExamineOptions {
  readonly only?: readonly CheckName[];
  readonly onCheck?: (name: CheckName) => void;
}

/** After a damaged file or foreign tables nothing else is looked at: it would say nothing. */
export async function examine(read: Read, options: ExamineOptions = {}): Promise<Examination> {
  const checks: CheckName[] = [];
  const skipped: CheckName[] = [];
  const findings: Finding[] = [];
  for (const name of options.only ?? (Object.keys(CHECKS) as CheckName[])) {
    options.onCheck?.(name);
    const found = await outcome(CHECKS[name], read);
    (found === null ? skipped : checks).push(name);
    findings.push(...(found ?? []).map((finding) => ({ check: name, finding })));
    if (findings.length > 0 && (name === "integrity" || name === "migrations")) break;
  }
  const isReadable = findings.every(({ check }) => check !== "integrity" && check !== "migrations");
  const size = isReadable ? await sizeOf(read) : { messages: 0, bytes: 0 };
  return { ...size, checks, skipped, findings };
}

async function outcome(
  check: (read: Read) => Promise<readonly string[]>,
  read: Read,
): Promise<readonly string[] | null> {
  try {
    return await check(read);
  } catch (error) {
    const code = errorCode(error) ?? "";
    if (/^SQLITE_(CORRUPT|NOTADB|IOERR)/.test(code)) return [`it cannot be read to its end (${code})`];
    if (isForbidden(error)) return null;
    throw error;
  }
}

/** A server answers so what it does not carry out, such as most pragmas. */
function isForbidden(error: unknown): boolean {
  return (
    /^SQL_PARSE_ERROR|^SQL_NO_STATEMENT/.test(errorCode(error) ?? "") ||
    (error instanceof Error && /unsupported statement|not allowed/i.test(error.message))
  );
}

async function sizeOf(read: Read): Promise<{ messages: number; bytes: number }> {
  const { rows } = await read("SELECT count(*) AS messages FROM messages");
  return { messages: Number(rows[0]?.messages), bytes: await fileBytes(read) };
}

/** 0 where a server does not tell. */
async function fileBytes(read: Read): Promise<number> {
  try {
    const { rows } = await read(
      "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size",
    );
    return Number(rows[0]?.bytes);
  } catch (error) {
    if (isForbidden(error)) return 0;
    throw error;
  }
}

/** Throws {@link CommandError} for the first of these findings, if there is one. */
export function refuseDamaged(what: string, findings: readonly Finding[]): void {
  const [first] = findings;
  if (first) throw new CommandError(`${what} is damaged: ${first.finding}`);
}
