/** Commands on accounts, numbers, keys and messages, run in this process: names for ids, questions, filters. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, spyOn, test } from "bun:test";
import fs from "node:fs";
import { join } from "node:path";
import { createProgram } from "../../src/commands/program.ts";
import { openDatabase } from "../../src/database/open.ts";
import { Writer } from "../../src/messages/writer.ts";
import { messageId } from "../../src/telnyx/event.ts";
import { emptyFolder } from "../harness/cleanup.ts";

const NUMBER = "+14155559999";
const ANN = "+14155551234";
const url = `file:${join(emptyFolder(), "inlet.db")}`;
const { DATABASE_URL } = process.env;

let [stdout, stderr, answer] = ["", "", ""];
let restore: (() => void)[] = [];

beforeEach(() => {
  const written = spyOn(fs, "writeSync").mockImplementation(((
    fd: number,
    bytes: Uint8Array,
    from: number,
  ) => {
    const text = Buffer.from(bytes.subarray(from)).toString();
    if (fd === 1) stdout += text;
    else stderr += text;
    return bytes.length - from;
  }) as typeof fs.writeSync);
  const read = spyOn(fs, "readSync").mockImplementation(((_: number, buffer: Buffer) =>
    buffer.write(answer)) as typeof fs.readSync);
  restore = [() => written.mockRestore(), () => read.mockRestore()];
});
afterEach(() => {
  for (const undo of restore) undo();
  setTerminal(false);
});
beforeAll(() => run("accounts create --kind team --name Support"));
afterAll(() => {
  if (DATABASE_URL === undefined) delete process.env.DATABASE_URL;
  else process.env.DATABASE_URL = DATABASE_URL;
});

function setTerminal(is: boolean): void {
  for (const stream of [process.stdin, process.stderr]) Object.defineProperty(stream, "isTTY", { value: is, configurable: true }); // biome-ignore format: one step
}

/** Words are separated by blanks. */
async function run(line: string): Promise<string> {
  [stdout, stderr] = ["", ""];
  await createProgram().parseAsync(["inlet", "inlet", ...line.split(" "), "--database", url]);
  return stdout;
}

async function json<T>(line: string): Promise<T> {
  return JSON.parse(await run(`${line} --json`)) as T;
}

/** Texts of Ann's to the number, as the service would store them. */
async function store(...bodies: string[]): Promise<string[]> {
  const database = await openDatabase({ url, authToken: null }, true, null);
  const texts = bodies.map((body) => ({
    telnyx_id: body,
    message: {
      ...{ message_id: messageId(body, NUMBER), from: ANN, to: NUMBER, body },
      received_at: "2026-05-22T18:30:00.000Z",
    },
  }));
  await new Writer(database.write, () => undefined).store(texts);
  await database.close();
  return texts.map(({ message }) => message.message_id);
}

test("an account is taken by its name where one has it, and what is its own is shown", async () => {
  await run(`numbers add ${NUMBER} --account Support --label Desk`);
  await run("accounts create --kind user --name Ann");
  await run("members add --team Support --user Ann");
  expect(await json<unknown>("members list --team Support")).toMatchObject([{ team_id: 1, user_id: 2 }]);
  expect(await json<unknown>("accounts show Support")).toMatchObject({
    id: 1,
    numbers: [NUMBER],
    key_ids: [],
  });
  expect(await json<unknown>(`numbers show ${NUMBER}`)).toMatchObject({
    account_id: 1,
    account_name: "Support",
  });
  expect(await json<unknown>("numbers list --account Ann")).toEqual([]);
  expect(await json<unknown>("numbers list --account 1")).toMatchObject([{ number: NUMBER }]);
  await run("accounts create --kind user --name Ann");
  expect(await run("accounts show Ann").catch(String)).toContain(
    '"Ann" is the name of several accounts: give the id, one of 2, 3',
  );
  expect(await run("keys create --account Bob --scope sms:read").catch(String)).toContain(
    'account "Bob" not found',
  );
});

test("a key has a status, and the table leaves out the revoked ones; rotate says until when the old one works", async () => {
  await run("keys create --account Support --scope sms:read --name shop");
  await run("keys rotate shop --grace 1h");
  expect(stderr).toMatch(/\nkey 1, the old one, works until 20\d\d-/);
  expect(await run("keys revoke shop").catch(String)).toContain(
    '"shop" is the name of several keys: give the id, one of 1, 2',
  );
  await run("keys revoke 1");
  expect(
    (await run("keys list"))
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ +/)[0]),
  ).toEqual(["ID", "2"]);
  expect(stderr).toContain("1 revoked not shown: --all shows them");
  expect(await run("keys list --all")).toMatch(/\n1 .* revoked /);
  expect(await json<unknown>("keys list")).toMatchObject([{ status: "revoked" }, { status: "active" }]);
  expect(await json<unknown>("keys show shop")).toMatchObject({ id: 2, status: "active" });
});

test("messages are listed by recipient, sender, words and time", async () => {
  await store("Your code is 482913", "Thanks, got it");
  const bodies = async (how: string) =>
    (await json<{ body: string }[]>(`messages list ${how}`)).map(({ body }) => body);
  expect(await bodies(`--to ${NUMBER} --from ${ANN}`)).toEqual(["Thanks, got it", "Your code is 482913"]);
  expect(await bodies("--search code")).toEqual(["Your code is 482913"]);
  expect(await bodies("--search tha*")).toEqual(["Thanks, got it"]);
  expect(await bodies("--limit 1 --account Support")).toEqual(["Thanks, got it"]);
  for (const none of ["--to +14155550000", "--from 72345", "--search nothing", "--until 1h"])
    expect(await bodies(none), none).toEqual([]);
});

test("on a terminal what is lost is said first, and only yes goes on; a script is not asked", async () => {
  const [id = "", other = ""] = await store("one", "two");
  setTerminal(true);
  answer = "\n";
  for (const [line, effect] of [
    [`messages delete ${id}`, `this deletes the message of ${ANN} to ${NUMBER}, 2026-05-22`],
    [`numbers remove ${NUMBER}`, `this removes ${NUMBER} from account 1`],
    ["accounts delete 3", "this deletes user 3 (Ann) and revokes its keys"],
    ["keys revoke shop", "this revokes key 2 (inlet_"],
  ] as const) {
    expect(await run(line).catch(String), line).toContain("nothing was changed");
    expect(stderr, line).toContain(effect);
    expect(stderr, line).toEndWith(" Go on? [y/N]\n");
    expect(stdout, line).toBe("");
  }
  answer = "yes\n";
  expect(await run(`messages delete ${id}`)).toBe(`deleted ${id}\n`);
  expect(await run("keys revoke shop --yes")).toBe("key 2 is revoked\n");
  expect(stderr).toBe("");
  setTerminal(false);
  expect(await run(`messages delete ${other}`)).toBe(`deleted ${other}\n`);
  expect(stderr).toBe("");
});
