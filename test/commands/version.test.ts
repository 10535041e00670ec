import { afterAll, expect, test } from "bun:test";
import Libsql from "libsql";
import { emptyFolder, stopEverything } from "../harness/cleanup.ts";
import { inlet, inletJson } from "../harness/cli.ts";

afterAll(stopEverything);

test("the version says which engine is in the executable, without loading it", async () => {
  const [engine] = new Libsql(":memory:").prepare("SELECT sqlite_version() AS sqlite").all();
  const env = { TMPDIR: "/nonexistent", BUN_TMPDIR: "/nonexistent" };
  expect(await inletJson(emptyFolder(), ["version"], env)).toMatchObject({
    libsql: "0.5.29",
    ...(engine as object),
  });
  const { stdout } = await inlet(emptyFolder(), ["version"], env);
  expect(await inlet(emptyFolder(), ["--version"], env)).toMatchObject({ code: 0, stdout });
  expect(stdout).toMatch(/libsql 0\.5\.29 \(SQLite 3\.[\d.]+\)\)\n$/);
});
