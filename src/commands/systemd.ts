/** `inlet systemd`: a unit file, printed. */
import { type Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { unitFile } from "../operations/unit.ts";
import { aWorkerCount } from "./arguments.ts";
import { group } from "./command.ts";
import { print } from "./output.ts";

const USUAL_PLACE = "/usr/local/bin/inlet";

export function addSystemdCommand(program: Command): void {
  group(program, "systemd", "print a hardened unit for systemd, as a template of which two may run")
    .option(
      "--binary <path>",
      "where the executable is",
      aUnitPath,
      Bun.isStandaloneExecutable ? process.execPath : USUAL_PLACE,
    )
    .option("--user <name>", "whom it runs as", aUser, "inlet")
    .option(
      "--environment <path>",
      "a file of variables, which root alone may read",
      aUnitPath,
      "/etc/inlet/inlet.env",
    )
    .option("--workers <n>", "serve with so many processes, one for each core", aWorkerCount, 1)
    .addHelpText(
      "after",
      `
It starts as a user of its own, with a read-only system and its folder /var/lib/inlet, tells systemd when it is ready, and is
started again when it hangs. A new release or certificate without a dropped webhook: start inlet@b, then stop inlet@a.

Examples:
  inlet systemd >/etc/systemd/system/inlet@.service
  inlet systemd --binary /opt/inlet/inlet --workers 4`,
    )
    .action(({ binary, user, environment, workers }) =>
      print(unitFile({ binary, user, envFile: environment, workers }).trimEnd()),
    );
}

/** What systemd would read otherwise than as it stands is refused: blanks, quotes, `%` and `$`. */
function aUnitPath(text: string): string {
  if (/^\/[\w./@+:-]{1,1000}$/.test(text)) return text;
  throw new InvalidArgumentError(
    `It holds ${JSON.stringify(text)}; it may be a whole path of letters, digits and _ . / @ + : -.`,
  );
}

function aUser(text: string): string {
  if (/^[a-z_][a-z0-9_-]{0,30}$/.test(text)) return text;
  throw new InvalidArgumentError(
    `It holds ${JSON.stringify(text)}; it may be the name of a user, such as inlet.`,
  );
}
