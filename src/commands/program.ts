/** `inlet`: all commands. */
import { Command } from "@commander-js/extra-typings";
import { reachLoopbackDirectly } from "../config/config.ts";
import { addAccountsCommands } from "./accounts.ts";
import { commandBegins } from "./actor.ts";
import { once } from "./arguments.ts";
import { addAuditCommands } from "./audit.ts";
import { notInThisVersion, strict } from "./command.ts";
import { addCompletionCommand } from "./completion.ts";
import { addDashboardCommands } from "./dashboard.ts";
import { addDatabaseCommands } from "./database.ts";
import { addDemoCommand } from "./demo.ts";
import { addDoctorCommand } from "./doctor.ts";
import { applySettings, completeCommands } from "./everywhere.ts";
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

export function createProgram(): Command {
  const program = strict(new Command("inlet"))
    .description("Your own inbound-SMS stream: Telnyx webhooks in, libSQL on disk, server-sent events out.")
    .enablePositionalOptions()
    .version(versionLine(), "--version", "show the version")
    .option("--env-file <file>", "read variables from a file; those already set win", once)
    .hook("preAction", (command, action) => {
      commandBegins(action.parent?.parent ? `${action.parent.name()} ${action.name()}` : action.name());
      applySettings(command as unknown as Command, action as unknown as Command);
      reachLoopbackDirectly();
    }) as unknown as Command;
  program.commandsGroup("Run it:");
  addServeCommand(program);
  addDemoCommand(program);
  addInitCommand(program);
  program.commandsGroup("Who gets which texts:");
  addAccountsCommands(program);
  addMembersCommands(program);
  addNumbersCommands(program);
  addKeysCommands(program);
  program.commandsGroup("Messages:");
  addMessagesCommands(program);
  addTailCommand(program);
  addSimulateCommand(program);
  addTelnyxCommands(program);
  program.commandsGroup("Look after it:");
  addDoctorCommand(program);
  addStreamsCommands(program);
  addAuditCommands(program);
  addUpkeepCommands(addDatabaseCommands(program));
  addDashboardCommands(program);
  addSystemdCommand(program);
  program.commandsGroup("About it:");
  addVersionCommand(program);
  addCompletionCommand(program);
  addHelpCommand(program);
  notInThisVersion(program, "processes");
  completeCommands(program);
  return program;
}
