/** The service in this process, on a free port and an empty database, with a clock that tests may set. */
import { join } from "node:path";
import { type Config, readConfig } from "../../src/config/config.ts";
import type { DemoDeps } from "../../src/console/demo.ts";
import { createAccount } from "../../src/directory/accounts.ts";
import { addNumber } from "../../src/directory/numbers.ts";
import type { Scope } from "../../src/keys/key.ts";
import { createKey } from "../../src/keys/store.ts";
import type { MediaOptions } from "../../src/media/room.ts";
import { type Service, startService } from "../../src/service.ts";
import { atTheEnd, emptyFolder } from "./cleanup.ts";
import { type TelnyxKey, telnyxKey } from "./telnyx.ts";

export interface TestService extends Service {
  readonly telnyx: TelnyxKey;
  readonly config: Config;
}

export interface TestServiceOptions {
  readonly config?: Partial<Config>;
  readonly folder?: string;
  readonly telnyx?: TelnyxKey;
  readonly now?: () => number;
  readonly random?: () => number;
  readonly demo?: DemoDeps;
  readonly media?: MediaOptions;
}

export async function testService(options: TestServiceOptions = {}): Promise<TestService> {
  const telnyx = options.telnyx ?? telnyxKey();
  const config: Config = {
    ...readConfig({}),
    port: 0,
    shutdownMs: 500,
    database: { url: `file:${join(options.folder ?? emptyFolder(), "inlet.db")}`, authToken: null },
    telnyxPublicKeys: [telnyx.publicKey],
    ...options.config,
  };
  const { now, random, demo, media } = options;
  const service = await startService(config, {
    ...(now ? { now } : {}),
    ...(random ? { random } : {}),
    ...(demo ? { demo } : {}),
    ...(media ? { media } : {}),
  });
  atTheEnd(service.close);
  return { ...service, telnyx, config };
}

export interface TestTenant {
  readonly accountId: number;
  readonly keyId: number;
  readonly key: string;
  readonly number: string;
}

/** Makes an account with a number and a key. */
export async function tenant(
  { database }: Pick<Service, "database">,
  number: string,
  kind: "user" | "team" = "user",
  scopes: readonly Scope[] = ["sms:read"],
): Promise<TestTenant> {
  const account = await createAccount(database, kind, `owner of ${number}`, Date.now());
  await addNumber(database, number, account.id, null, Date.now());
  const wanted = { accountId: account.id, scopes, name: "test", lifetimeMs: null };
  const { id, key } = await createKey(database, wanted, Date.now());
  return { accountId: account.id, keyId: id, key, number };
}
