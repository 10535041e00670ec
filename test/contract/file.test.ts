/** The engine's contract on a file. */
import { setDefaultTimeout } from "bun:test";
import { join } from "node:path";
import { emptyFolder } from "../harness/cleanup.ts";
import { engineContract } from "./engine.ts";

setDefaultTimeout(60_000);

engineContract("file", async () => ({
  url: `file:${join(emptyFolder(), "inlet.db")}`,
  // The engine of a file is part of the service, which the tests close and start by themselves.
  restart: async () => undefined,
}));
