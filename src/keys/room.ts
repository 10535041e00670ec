/** Everything that says who is asking, wired. */
import type { Database } from "../database/open.ts";
import { Authenticator, type AuthenticatorDeps } from "./authenticator.ts";
import { AuthThrottle, type AuthThrottleOptions } from "./throttle.ts";
import { KeyUsage } from "./usage.ts";

export interface KeysRoom {
  readonly usage: KeyUsage;
  readonly authThrottle: AuthThrottle;
  readonly authenticator: Authenticator;
}

type Options = AuthThrottleOptions & Pick<AuthenticatorDeps, "now" | "installation">;

export function openKeys(database: Database, { now, installation, ...throttle }: Options): KeysRoom {
  const usage = new KeyUsage(database, now, throttle.monotonic);
  const authThrottle = new AuthThrottle(throttle);
  const onUse = (keyId: number) => usage.note(keyId);
  const authenticator = new Authenticator({ read: database.read, now, installation, onUse, authThrottle });
  return { usage, authThrottle, authenticator };
}
