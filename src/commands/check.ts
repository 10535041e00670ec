/** `inlet database check`: of the database, or of a copy. */
import type { Command } from "@commander-js/extra-typings";
import { readDatabaseConfig } from "../config/config.ts";
import { type Examination, examine } from "../database/check/examine.ts";
import { examineCopy } from "../database/copy/examinecopy.ts";
import { redactedUrl } from "../database/url.ts";
import { CommandError, errorCode, Failure } from "../errors.ts";
import { aPath } from "./arguments.ts";
import { addCommand } from "./command.ts";
import { withDatabase } from "./database.ts";
import { escaped, note, type OutputOptions, printJson, printOne } from "./output.ts";
import { Progress } from "./progress.ts";

export function addCheckCommand(database: Command): void {
  addCommand(database, "check", "look for damage; the service goes on meanwhile")
    .argument("[file]", "a copy, which is only read, instead of the database", aPath)
    .addHelpText(
      "after",
      `
Looks at the file (integrity), its tables and migrations, foreign keys, texts that would end the process when they are
read, the counters, and the search index against the messages. Exits with 1 when something is found.

Examples:
  inlet database check
  inlet database check --json | jq .findings
  inlet database check /backups/inlet-2026-11-30.db`,
    )
    .action(async (file, options) => {
      const name = file ?? redactedUrl(readDatabaseConfig().url);
      showExamination(options, name, await examineWith(file ?? null));
    });
}

async function examineWith(file: string | null): Promise<Examination> {
  const progress = new Progress();
  try {
    const onCheck = (name: string) => progress.show(`checking ${name.replace("_", " ")}: …`);
    if (file === null) return await withDatabase(({ read }) => examine(read, { onCheck }), true);
    return await examineCopy(file, { onCheck });
  } catch (error) {
    const code = errorCode(error) ?? "";
    if (!/^SQLITE_(CORRUPT|NOTADB)/.test(code)) throw error;
    const finding = `it cannot be opened (${code})`;
    return {
      messages: 0,
      bytes: 0,
      checks: ["integrity"],
      skipped: [],
      findings: [{ check: "integrity", finding }],
    };
  } finally {
    progress.clear();
  }
}

function showExamination(options: OutputOptions, database: string, found: Examination): void {
  const { messages, bytes, checks, skipped, findings } = found;
  const ok = findings.length === 0;
  if (options.json) printJson({ ok, database, messages, bytes, checks, skipped, findings });
  else {
    if (skipped.length > 0) note(`not allowed by the server: ${skipped.join(", ")}`);
    for (const { check, finding } of findings) note(escaped(`${check}: ${finding}`));
    if (ok) printOne(options, {}, `nothing is wrong with ${messages} messages (${checks.join(", ")})`);
  }
  if (ok) return;
  if (options.json) throw new Failure("the database has findings");
  throw new CommandError(
    `${findings.length} findings: keep a copy of the files as they are, then restore a backup, or ask`,
  );
}
