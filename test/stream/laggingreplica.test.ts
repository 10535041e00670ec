/** What is open is held against the directory as it is, not as a replica still has it. */
import { expect, test } from "bun:test";
import type { Principal } from "../../src/keys/principal.ts";
import { type Session, Sessions } from "../../src/stream/sessions.ts";

function principalAt(version: number): Principal {
  return {
    keyId: 1,
    name: "",
    account: { id: 1, kind: "user", name: "" },
    teams: [],
    scopes: ["sms:read"],
    expiresAt: null,
    accountIds: [1],
    epoch: "k3f9",
    version,
    ticket: null,
  };
}

test("a replica that lags behind does not count as having judged what is open", async () => {
  const answers = [1, 2];
  const sessions = new Sessions(
    { current: async () => new Map([[1, principalAt(answers.shift() ?? 2)]]) },
    1,
  );
  const accepted: number[] = [];
  const session: Session = {
    keyId: 1,
    directoryVersion: 1,
    accept: ({ version }) => accepted.push(version),
    close: (reason) => expect(reason).toBe("shutdown"),
  };
  sessions.add(session);
  const failure = await sessions.reauthorize(2).catch((error: Error) => error.message);
  expect(failure).toContain("lags behind");
  expect(accepted).toEqual([]);
  await sessions.reauthorize(2);
  expect(accepted).toEqual([2]);
  // Nothing is read while the version stays the same.
  await sessions.reauthorize(2);
  expect(accepted).toEqual([2]);
});
