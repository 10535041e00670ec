/** `inlet serve`: runs the service until it is told to stop, in this process or in several. */
import { type Command, Option } from "@commander-js/extra-typings";
import { parentBell, siblings, tellParent, untilParentStops } from "../cluster/parent.ts";
import { Workers } from "../cluster/workers.ts";
import { type Config, inheritedEnvironment, readConfig, readSupervisor } from "../config/config.ts";
import { type Durability, readDurability } from "../database/durability.ts";
import { createDatabaseFile } from "../database/file/create.ts";
import type { Database } from "../database/open.ts";
import { redactedUrl } from "../database/url.ts";
import { CommandError, Failure } from "../errors.ts";
import { log } from "../log/log.ts";
import type { Family } from "../operations/exposition.ts";
import { Supervisor } from "../operations/supervisor.ts";
import { type Service, type ServiceOptions, startService } from "../service.ts";
import { makeDevelopmentKey, publicHalf } from "../telnyx/developmentkey.ts";
import { VERSION } from "../version.ts";
import { aPort, aWorkerCount } from "./arguments.ts";
import { describeCommands } from "./chapter.ts";
import { group } from "./command.ts";
import { withDatabase } from "./database.ts";
import { greeting, lookAround } from "./greeting.ts";
import { withLog } from "./logged.ts";
import { note, print } from "./output.ts";
import { hearSignals, untilStopped } from "./signals.ts";
import { onceThere } from "./waiting.ts";

const STDOUT = 1;
/** What a worker may take to exit when its drain is over. */
const WORKER_EXIT_MS = 500;
/** What is renewed by a machine is renewed earlier than this. */
const EXPIRES_SOON_MS = 14 * 86_400_000;

export function addServeCommand(program: Command): void {
  group(program, "serve", "run the service")
    .option("--host <address>", "the address to listen on, instead of HOST")
    .option("--port <port>", "the port, instead of PORT; 0 takes a free one", aPort)
    .option("--development", "trust a key pair made beside the database, with which inlet simulate signs")
    .option("--workers <n>", "serve with so many processes, one for each core", aWorkerCount, 1)
    .option(
      "--share-port",
      "let another process of this user listen on the same port, such as the next release before this one ends",
    )
    .addOption(new Option("--worker", "one of several: started by --workers").hideHelp())
    .addOption(new Option("--existing", "refuse to begin a new database").hideHelp())
    .addHelpText(
      "after",
      `
Examples:
  inlet serve --development
  inlet serve --port 8080 --database /var/lib/inlet/inlet.db
  inlet serve --workers 4 --env-file /etc/inlet/inlet.env`,
    )
    .action(async ({ development = false, workers, worker, existing = false, sharePort = false }) => {
      const config = readConfig();
      const commands = { describeCommands: () => describeCommands(program) };
      await withLog(config.log, STDOUT, () => {
        if (worker) return runWorker(config, development, { ...commands, databaseExists: existing });
        for (const warning of config.warnings) log.warning(warning);
        return workers > 1
          ? runWorkers(config, workers, development)
          : runAlone(config, development, { ...commands, sharesPort: sharePort });
      });
    });
}

async function runAlone(config: Config, development: boolean, options: ServiceOptions): Promise<void> {
  const signals = hearSignals();
  const start = (ready: Config) => startOne(ready, development, options);
  const service = await onceThere(config, options.sharesPort ?? false, signals.asked, start);
  if (service === null) return;
  const supervisor = new Supervisor(readSupervisor());
  supervisor.ready(service.url);
  await greet(config, service.url, development, service.database);
  const stopped = untilStopped(signals, async (signal) => {
    log.info("stopping", { signal });
    supervisor.stopping();
    await service.close();
  });
  await Promise.race([stopped, service.failed]);
  log.info("stopped");
}

async function runWorker(config: Config, development: boolean, options: ServiceOptions): Promise<void> {
  hearSignals(); // the parent decides
  const gather = (own: () => readonly Family[]) => {
    const survey = siblings(own);
    return async () =>
      (await survey.take()).map(({ place, value }) => ({
        labels: { worker: String(place) },
        families: value as Family[],
      }));
  };
  const ours = { ...options, bell: parentBell(), gather, sharesPort: true };
  const start = (ready: Config) => startOne(ready, development, ours);
  const stopped = untilParentStops();
  const service = await onceThere(config, true, stopped, start);
  if (service === null) return;
  tellParent({ kind: "listening", url: service.url });
  await Promise.race([stopped, service.failed]);
  await service.close();
}

async function startOne(config: Config, development: boolean, options: ServiceOptions): Promise<Service> {
  const { url } = config.database;
  if (createDatabaseFile(url, options.databaseExists)) note(`created the database ${redactedUrl(url)}`);
  const developmentKey = development ? publicHalf(makeDevelopmentKey(url)) : undefined;
  const service = await startService(config, { ...options, ...(developmentKey ? { developmentKey } : {}) });
  if (!options.bell) sayListening(config, service.url, await readDurability(service.database.read));
  if (development) {
    log.warning(
      "development mode: unsafe for production, because whoever reads the key beside the database can send messages",
    );
  } else if (config.telnyxPublicKeys.length === 0) {
    log.warning("TELNYX_PUBLIC_KEY is not set: webhooks are answered 503 until it is");
  }
  return service;
}

/** The same executable again, so many times. What they log is this process's own output. */
async function runWorkers(config: Config, count: number, development: boolean): Promise<void> {
  const command = [
    process.execPath,
    ...(Bun.isStandaloneExecutable ? [] : [Bun.main]),
    "serve",
    "--worker",
    ...(development ? ["--development"] : []),
  ];
  const signals = hearSignals();
  const supervisor = new Supervisor(readSupervisor());
  const workers = new Workers((port, onMessage) =>
    // Only the first one may make the database: whichever starts again finds the one that was served.
    Bun.spawn(port === null ? command : [...command, "--existing"], {
      env: { ...inheritedEnvironment(), ...(port === null ? {} : { PORT: port }) },
      stdio: ["ignore", "inherit", "inherit"],
      ipc: onMessage,
    }),
  );
  let isStopping = false;
  const stopped = untilStopped(signals, async (signal) => {
    isStopping = true;
    log.info("stopping", { signal });
    supervisor.stopping();
    await workers.stop(config.shutdownMs + WORKER_EXIT_MS);
  });
  try {
    // The first one may wait for its database for as long as it likes.
    const url = await Promise.race([workers.start(count), stopped.then(() => null)]);
    if (url === null) return;
    sayListening(config, url, null, count);
    supervisor.ready(url);
    await greet(config, url, development, null);
  } catch (cause) {
    if (isStopping) return await stopped;
    workers.kill();
    throw new CommandError("the workers could not be started; see their output above", { cause });
  }
  const isHopeless = await Promise.race([stopped, workers.hopeless.then(() => true)]);
  workers.kill();
  if (isHopeless) throw new Failure("the workers could not be kept running");
  log.info("stopped");
}

/** On a terminal alone: elsewhere the log says it. `database` is null where it is the workers'. */
async function greet(
  config: Config,
  url: string,
  isDevelopment: boolean,
  database: Database | null,
): Promise<void> {
  if (!process.stdout.isTTY) return;
  const look = (open: Database) => lookAround(config, open, isDevelopment);
  const seen = await (database ? look(database) : withDatabase(look));
  print(greeting(config, { url, isDevelopment, ...seen }));
}

/** Of several workers each knows for itself what a commit means. */
function sayListening(
  { database, tls }: Config,
  url: string,
  durability: Durability | null,
  workers = 1,
): void {
  log.info("listening", {
    url,
    database: redactedUrl(database.url),
    ...(durability ? { durability } : {}),
    version: VERSION,
    process: process.pid,
    ...(workers > 1 ? { workers } : {}),
  });
  // The runtime reads a certificate when it starts, and never again.
  if (tls && tls.expiresAt < Date.now() + EXPIRES_SOON_MS) {
    log.warning("the certificate in TLS_CERT expires soon: renew it, and start the service again", {
      expires: new Date(tls.expiresAt).toISOString(),
    });
  }
}
