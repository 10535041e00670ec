/** The engine's contract on a real libSQL server. */
import { setDefaultTimeout } from "bun:test";
import { startSqld } from "../database/sqld.ts";
import { engineContract } from "./engine.ts";

setDefaultTimeout(60_000);

engineContract("sqld", async () => {
  const sqld = await startSqld();
  return {
    url: sqld.url,
    restart: async () => {
      await sqld.kill();
      await sqld.start();
    },
  };
});
