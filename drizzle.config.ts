import { defineConfig } from "drizzle-kit";

/** For `bun run migrations`, which writes the next file of drizzle/ from src/database/schema.ts. */
export default defineConfig({
  dialect: "sqlite",
  schema: "./src/database/*schema.ts",
  out: "./drizzle",
});
