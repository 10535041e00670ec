/** `inlet`: all commands. */
import { Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { loadEnvFile, reachLoopbackDirectly } from "../config/config.ts";
import { addAccountsCommands } from "./accounts.ts";
import { commandBegins } from "./actor.ts";
import { addAuditCommands } from "./audit.ts";
import { notInThisVersion, strict } from "./command.ts";
import { addDashboardCommands } from "./dashboard.ts";
import { addDatabaseCommands } from "./database.ts";
import { addDemoCommand } from "./demo.ts";
import { addDoctorCommand } from "./doctor.ts";
import { addHelpCommand } from "./help.ts";
import { addInitCommand } from "./init.ts";
import { addKeysCommands } from "./keys.ts";
import { addMembersCommands } from "./members.ts";
import { addMessagesCommands } from "./messages.ts";
import { addNumbersCommands } from "./numbers.ts";
import { addServeCommand } from "./serve.ts";
import { addSimulateCommand } from "./simulate.ts";
import { addStreamsCommands } from "./streams.ts";
import { addSystemdCommand } from "./systemd.ts";
import { addTailCommand } from "./tail.ts";
import { addTelnyxCommands } from "./telnyx/telnyx.ts";
import { addUpkeepCommands } from "./upkeep.ts";
import { addVersionCommand, versionLine } from "./version.ts";

/** For an option that may be given once. */
function once(value: string, before?: string): string {
  if (before !== undefined) throw new InvalidArgumentError("It may be given once.");
  if (value === "") throw new InvalidArgumentError("It is empty.");
  return value;
}

export function createProgram(): Command {
  const program = strict(new Command("inlet"))
    .description("Your own inbound-SMS stream: Telnyx webhooks in, libSQL on disk, server-sent events out.")
    .enablePositionalOptions()
    .version(versionLine(), "--version", "show the version")
    .option(
      "--env-file <file>",
      "read variables from a file (before the command); those already set win",
      once,
    )
    .hook("preAction", (command, action) => {
      commandBegins(action.parent?.parent ? `${action.parent.name()} ${action.name()}` : action.name());
      const { envFile } = command.opts() as { envFile?: string };
      if (envFile) loadEnvFile(envFile);
      reachLoopbackDirectly();
    }) as unknown as Command;
  addServeCommand(program);
  addDemoCommand(program);
  addInitCommand(program);
  addAccountsCommands(program);
  addMembersCommands(program);
  addNumbersCommands(program);
  addKeysCommands(program);
  addMessagesCommands(program);
  addStreamsCommands(program);
  addTailCommand(program);
  addSimulateCommand(program);
  addTelnyxCommands(program);
  addAuditCommands(program);
  addUpkeepCommands(addDatabaseCommands(program));
  addDoctorCommand(program);
  addDashboardCommands(program);
  addSystemdCommand(program);
  addVersionCommand(program);
  addHelpCommand(program);
  notInThisVersion(program, "processes", "completion");
  return program;
}
