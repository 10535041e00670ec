/** The state file: whole at any moment, its owner's alone, one client's at a time, and believed only when it is one. */
import { afterEach, expect, test } from "bun:test";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { type State, StateFile } from "../../src/client/state.ts";
import { CommandError } from "../../src/errors.ts";
import { emptyFolder } from "../harness/cleanup.ts";

const state: State = { cursor: "k3f9-1041", url: "https://sms.test/", account: 42 };

let open: StateFile[] = [];
afterEach(() => {
  for (const file of open) file.close();
  open = [];
});

function opened(path: string): StateFile {
  const file = new StateFile(path);
  open.push(file);
  return file;
}

/** What the file is found to hold by the next process. */
function reopened(path: string): State | null {
  const file = new StateFile(path);
  file.close();
  return file.held;
}

test("what is written is what the next process finds", () => {
  const path = join(emptyFolder(), "state");
  const file = opened(path);
  expect(file.held).toBeNull();
  file.write(state);
  file.write({ ...state, cursor: "k3f9-1042", account: null });
  expect(file.held?.cursor).toBe("k3f9-1042");
  file.close();
  expect(reopened(path)).toEqual({ ...state, cursor: "k3f9-1042", account: null });
});

test("its files are readable by their owner alone, and none is left over", () => {
  const folder = emptyFolder();
  opened(join(folder, "state")).write(state);
  expect(readdirSync(folder).sort()).toEqual(["state", "state.lock"]);
  for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
});

test("what a killed process left half written is not in the way", () => {
  const path = join(emptyFolder(), "state");
  writeFileSync(`${path}.next`, '{"cursor":"k3');
  writeFileSync(`${path}.lock`, "99999999\n");
  opened(path).write(state);
  expect(existsSync(`${path}.next`)).toBe(false);
});

test("a write that fails leaves the old state, and says so", () => {
  const folder = emptyFolder();
  const path = join(folder, "state");
  const file = opened(path);
  file.write(state);
  mkdirSync(`${path}.next`);
  expect(() => file.write({ ...state, cursor: "k3f9-2" })).toThrow(`cannot write ${path}: `);
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(state);
  expect(file.held).toEqual(state);
  rmSync(folder, { recursive: true });
  expect(() => file.write({ ...state, cursor: "k3f9-2" })).toThrow(`cannot write ${path}: ENOENT`);
});

test("a second client of the same file is refused and told who has it, until that one ends", () => {
  const folder = emptyFolder();
  const path = join(folder, "state");
  const file = opened(path);
  file.write(state);
  symlinkSync(path, join(folder, "link"));
  for (const name of ["state", "link"])
    expect(() => new StateFile(join(folder, name))).toThrow(
      `in use by another inlet tail (process ${process.pid})`,
    );
  file.close();
  expect(reopened(path)).toEqual(state);
});

test("a symbolic link stays one", () => {
  const folder = emptyFolder();
  const [path, link] = [join(folder, "state"), join(folder, "link")];
  writeFileSync(path, JSON.stringify(state));
  symlinkSync(path, link);
  opened(link).write({ ...state, cursor: "k3f9-7" });
  expect(JSON.parse(readFileSync(path, "utf8")).cursor).toBe("k3f9-7");
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
});

test("anything else than a state is refused by the file's name, and left as it is", () => {
  const folder = emptyFolder();
  const wrong = [
    "", "{", "null", "7", "[]", "{}", "x".repeat(100_000),
    ...[{ cursor: "" }, { cursor: "a b" }, { cursor: "a\r\nX: y" }, { cursor: "é" }, { cursor: 1 }, { cursor: "x".repeat(201) }, { url: "sms" }, { url: null }, { account: "1" }, { account: 1.5 }].map((field) => JSON.stringify({ ...state, ...field })),
  ]; // biome-ignore format: a list
  for (const [i, content] of wrong.entries()) {
    const path = join(folder, `state${i}`);
    writeFileSync(path, content);
    expect(() => new StateFile(path)).toThrow(`${path} does not hold the state`);
    expect(readFileSync(path, "utf8")).toBe(content);
  }
});

test("no bytes make it throw anything but a refusal", () => {
  const path = join(emptyFolder(), "state");
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.json().map(Buffer.from)), (bytes) => {
      writeFileSync(path, bytes);
      try {
        reopened(path);
      } catch (error) {
        expect(error).toBeInstanceOf(CommandError);
      }
    }),
  );
});

test("a folder, a pipe, and a place that is not there are refused", () => {
  const folder = emptyFolder();
  expect(() => new StateFile(folder)).toThrow("does not hold the state");
  const pipe = join(folder, "pipe");
  Bun.spawnSync(["mkfifo", pipe]);
  expect(() => new StateFile(pipe)).toThrow("does not hold the state");
  expect(() => new StateFile(join(folder, "none", "state"))).toThrow(/^cannot write .*lock: ENOENT$/);
});
