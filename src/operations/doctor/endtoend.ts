/**
 * A message of its own through the running service: a webhook in, an event out. It goes to an account, a number and a
 * key that are made for it and removed again (src/messages/canaries.ts), and is signed by a key pair that the service
 * trusts for this number, for a minute.
 */
import { generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto";
import { unusable } from "../../database/diagnosis.ts";
import { type Database, openDatabase } from "../../database/open.ts";
import { CommandError } from "../../errors.ts";
import { type Canary, plantCanary, removeCanary } from "../../messages/canaries.ts";
import { rawPublicKey } from "../../telnyx/signature.ts";
import { sendSimulated, type Taken } from "../../telnyx/simulate.ts";
import type { DoctorDeps, Examination } from "./deps.ts";
import { type Found, failed, ok, warning } from "./finding.ts";
import { type Address, Listener, late, reasonOf } from "./listener.ts";
import { Outside, unmade } from "./outside.ts";

export interface Journey {
  readonly end_to_end: Found;
  readonly proxy_buffering: Found;
}

const HEALTH_MS = 3_000;
const MAX_HEALTH_BYTES = 10_000;
/** What the service may take until the event. */
const EVENT_MS = 5_000;
const SEE_LOG = "see the service's log, and the errors above; restart the service";

/** Throws {@link Unknown} where the database is not one of ours. */
export async function endToEnd(examination: Examination): Promise<Journey> {
  const { serverUrl, config, throughProxy } = examination.deps;
  const server = { url: serverUrl, isOurs: true, through: throughProxy(serverUrl) };
  const absent = await absence(server);
  if (absent !== null) return { end_to_end: absent, proxy_buffering: unmade(examination.deps) };
  await examination.ourTables();
  await examination.closeLook();
  let database: Database | null = null;
  try {
    database = await openDatabase(config.database);
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const canary = await plantCanary(database, rawPublicKey(publicKey));
    try {
      return await travel({ deps: examination.deps, server, canary, privateKey });
    } finally {
      await removeCanary(database, canary);
    }
  } catch (error) {
    const known = unusable(config.database, error);
    const reason = reasonOf(known);
    if (reason === null) throw error;
    const mend = "see the check database_writable, and the service's log";
    return {
      end_to_end: failed(`the check's own account cannot be made and removed: ${reason}`, mend),
      proxy_buffering: unmade(examination.deps),
    };
  } finally {
    await database?.close();
  }
}

interface Trip {
  readonly deps: DoctorDeps;
  readonly server: Address;
  readonly canary: Canary;
  readonly privateKey: KeyObject;
}

async function travel(trip: Trip): Promise<Journey> {
  const { deps, server, canary } = trip;
  const text = `inlet doctor ${randomUUID()}`;
  const [inside, outer] = canary.keys;
  const own = new Listener(server, inside, text);
  const outside = Outside.of(deps, outer, text);
  const stop = () => {
    own.close();
    outside?.close();
  };
  deps.stop.addEventListener("abort", stop, { once: true });
  try {
    const end_to_end = await sendAndHear(trip, own, outside, text);
    const proxy_buffering = (await outside?.judge(end_to_end.level === "ok")) ?? unmade(deps);
    return { end_to_end, proxy_buffering };
  } finally {
    deps.stop.removeEventListener("abort", stop);
    stop();
  }
}

async function sendAndHear(trip: Trip, own: Listener, outside: Outside | null, text: string): Promise<Found> {
  const { deps, server, canary, privateKey } = trip;
  try {
    await own.connected(EVENT_MS, () => new CommandError(`${server.url} gave no stream within 5 s`));
  } catch (error) {
    return failed(
      `the check's own stream was not opened: ${reasonOf(error) ?? "it broke"}`,
      "give doctor the DATABASE_URL that the service has; where it is the same, see the service's log",
    );
  }
  // It must not miss the message for being late itself.
  await outside?.opened();
  const sentAt = performance.now();
  const { recipient } = canary;
  let taken: Taken;
  try {
    taken = await sendSimulated(server, privateKey, { from: recipient, to: recipient, text }, deps.now());
  } catch (error) {
    return failed(`the webhook was not taken: ${reasonOf(error) ?? "the connection broke"}`, SEE_LOG);
  }
  const { status, outcome, said } = taken;
  if (outcome !== "stored")
    return failed(
      `the webhook was refused: ${server.url} answered ${status}${outcome ? `, ${outcome}` : ""}${said ? `: ${said}` : ""}`,
      status === 401
        ? "restart the service, so that it is of this version and of this database; see the check clock"
        : SEE_LOG,
      { status, outcome },
    );
  try {
    const milliseconds = Math.round((await own.arrived(EVENT_MS, late)) - sentAt);
    return ok(`a webhook of its own came out of a stream after ${milliseconds} ms`, { milliseconds });
  } catch {
    return failed("a webhook of its own was stored, and did not come out of a stream within 5 s", SEE_LOG);
  }
}

/** Null where an Inlet answers. */
async function absence({ url, through }: Address): Promise<Found | null> {
  const mend = "inlet serve; where it runs, give doctor the HOST, PORT and TLS_CERT that it has";
  let text: string;
  try {
    const response = await fetch(`${url}/healthz`, {
      signal: AbortSignal.timeout(HEALTH_MS),
      redirect: "manual",
      tls: { rejectUnauthorized: false },
    });
    text = (await response.text()).slice(0, MAX_HEALTH_BYTES);
  } catch {
    return warning(`no server answers at ${url}${through}`, mend);
  }
  return text === '{"data":{"status":"alive"}}'
    ? null
    : warning(`what answers at ${url}${through} is no Inlet`, mend);
}
