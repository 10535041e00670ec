/** A file that is moved while the engine is loaded for it is not begun anew. */
import { expect, test } from "bun:test";
import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { openEngine } from "../../src/database/engine.ts";
import { fileId } from "../../src/database/file/openfiles.ts";
import { openSame } from "../../src/database/reopen.ts";
import { PATIENT } from "../../src/database/roles.ts";
import { emptyFolder } from "../harness/cleanup.ts";

test("a file that is moved away while it is about to be opened is missed, and none is made", async () => {
  const folder = emptyFolder();
  const config = { url: `file:${join(folder, "inlet.db")}`, authToken: null };
  (await openSame(config, undefined, PATIENT)).engine.close();
  const before = fileId(join(folder, "inlet.db")) ?? "";
  const opening = openSame(config, before, PATIENT);
  renameSync(join(folder, "inlet.db"), join(folder, "moved"));
  expect(await opening.catch(({ code }: { code: string }) => code)).toBe("INLET_FILE_MOVED");
  expect(readdirSync(folder)).not.toContain("inlet.db");
});

test("what is judged unfit is not opened", async () => {
  const folder = emptyFolder();
  const judge = () => {
    throw new Error("no");
  };
  const opening = openEngine({ url: `file:${join(folder, "inlet.db")}`, authToken: null }, PATIENT, judge);
  expect(await opening.catch(({ message }: Error) => message)).toBe("no");
  expect(readdirSync(folder)).toEqual([]);
});
