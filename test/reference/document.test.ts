/** The document: valid by those who know OpenAPI best, and of exactly what the app serves. */
import { expect, test } from "bun:test";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { Validator } from "@seriousme/openapi-schema-validator";
import { type AppDeps, createApp } from "../../src/app.ts";
import { openApiDocument } from "../../src/reference/document.ts";
import type { MediaType, Schema } from "../../src/reference/openapi.ts";
import { VERSION } from "../../src/version.ts";
import { Judge } from "./judge.ts";

const document = openApiDocument({ version: VERSION, publicUrl: null });

/** Pages for people, and what only `inlet demo` has. */
const NO_API = new Set(["GET /", "GET /docs", "GET /docs/{}", "POST /demo/messages"]);

test("it is valid OpenAPI 3.1 by its JSON Schema", async () => {
  const { valid, errors } = await new Validator().validate(
    JSON.parse(JSON.stringify(document)) as Record<string, unknown>,
  );
  expect(errors ?? []).toEqual([]);
  expect(valid).toBe(true);
});

test("redocly finds no error in it, and warns only of what it is wrong about", async () => {
  const config = await createConfig({ extends: ["recommended"] });
  const problems = await lintFromString({ source: JSON.stringify(document), config });
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  // What needs no key has no 4XX; and the items of a stream are referred to by an extension.
  expect([...new Set(problems.map(({ ruleId }) => ruleId))].sort()).toEqual([
    "no-unused-components",
    "operation-4xx-response",
  ]);
});

test("every route of the app is documented, and nothing else is", () => {
  // Routes are only listed here: none of what they need is called.
  const app = createApp({ corsOrigins: [], isEncrypted: false } as unknown as AppDeps);
  const served = app.routes.map(({ method, path }) => `${method} ${path.replace(/:\w+/g, "{}")}`);
  const isTwin = (route: string) => / \/v1\//.test(route);
  const documented = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path.replace(/\{\w+\}/g, "{}")}`),
  );
  expect(documented.sort()).toEqual(served.filter((route) => !isTwin(route) && !NO_API.has(route)).sort());
  // The same under /v1, as the document's description says.
  const under = (prefix: string) => served.filter((route) => route.includes(` ${prefix}/`));
  expect(under("/v1")).toEqual(under("/api/v1").map((route) => route.replace("/api/v1", "/v1")));
});

test("every example in it is what its schema says", () => {
  const judge = new Judge(document);
  let examples = 0;
  const holdAll = (where: string, schema: Schema, values: readonly unknown[]) => {
    for (const value of values) judge.holdValue(`the example of ${where}`, schema, value);
    examples += values.length;
  };
  const visit = (where: string, part: unknown): void => {
    if (typeof part !== "object" || part === null) return;
    if ("examples" in part && Array.isArray(part.examples)) holdAll(where, part as Schema, part.examples);
    if ("schema" in part && "example" in part) {
      const { schema, example } = part as MediaType;
      holdAll(where, schema as Schema, [example]);
    }
    for (const [name, inner] of Object.entries(part)) visit(`${where}/${name}`, inner);
  };
  visit("#", document);
  expect(examples).toBeGreaterThan(30);
});

test("its server is the public address, and without one where the document came from", () => {
  expect(document.servers.map(({ url }) => url)).toEqual(["/"]);
  const { servers } = openApiDocument({ version: VERSION, publicUrl: "https://sms.example.com" });
  expect(servers.map(({ url }) => url)).toEqual(["https://sms.example.com"]);
});
