/** The executable needs no folder for what it carries: it finds nothing there, believes nothing, leaves nothing. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { emptyFolder } from "../harness/cleanup.ts";
import { inlet, inletJson } from "../harness/cli.ts";
import { startServer } from "../harness/server.ts";

setDefaultTimeout(60_000);

test("commands work without a folder for temporary files, and leave nothing in one", async () => {
  const temporary = emptyFolder();
  for (const TMPDIR of [temporary, "/nonexistent", "/proc"]) {
    const env = { TMPDIR, BUN_TMPDIR: TMPDIR };
    const { code, stderr } = await inlet(emptyFolder(), ["accounts", "list"], env);
    expect([code, stderr], TMPDIR).toEqual([0, expect.stringContaining("created the database")]);
  }
  expect(readdirSync(temporary)).toEqual([]);
});

test("what lies where a runtime would unpack is neither read nor changed", async () => {
  const temporary = emptyFolder();
  const uid = process.getuid?.() ?? 0;
  const names = [`.bun-${uid}-f62bf34fc664bb18.node`, "libsql.node"].map((name) => join(temporary, name));
  for (const name of names) {
    writeFileSync(name, Buffer.alloc(9_719_000));
    chmodSync(name, 0o600);
  }
  const env = { TMPDIR: temporary, BUN_TMPDIR: temporary };
  const folder = emptyFolder();
  expect(await inletJson<object>(folder, ["accounts", "list"], env)).toEqual([]);
  expect(readdirSync(temporary)).toHaveLength(names.length);
});

test("all threads of a service load the same", async () => {
  const server = await startServer();
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  const maps = readFileSync(`/proc/${server.pid}/maps`, "utf8").split("\n");
  const loaded = maps.filter((line) => line.includes("/memfd:inlet-libsql") && line.includes(" r-xp "));
  expect(loaded).toHaveLength(1);
  expect(await server.stop()).toBe(0);
});
