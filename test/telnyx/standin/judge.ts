/** Holds requests to Telnyx and the stand-in's answers against the part of Telnyx's own description that is used. */
import { Ajv2020, type AnySchema } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import description from "./openapi.json";

interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly schema: AnySchema & { readonly type?: string };
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { content: { "application/json": { schema: AnySchema } } };
  readonly responses: Readonly<Record<string, { content?: { "application/json"?: { schema: AnySchema } } }>>;
}

const ajv = new Ajv2020({ strict: false, validateFormats: false });
addFormats.default(ajv);
// Its alternatives are told apart by a field that they do not require.
ajv.addSchema(
  JSON.parse(JSON.stringify(description).replaceAll('"oneOf"', '"anyOf"')) as AnySchema,
  "telnyx",
);
const paths = description.paths as unknown as Readonly<Record<string, Readonly<Record<string, Operation>>>>;

/**
 * What is wrong with a request as Telnyx describes it; null when nothing is. `path` is below `/v2`, `body` its JSON, or
 * null.
 */
export function requestFault(
  method: string,
  path: string,
  query: URLSearchParams,
  body: unknown,
): string | null {
  const operation = operationOf(method, path);
  if (!operation) return `${method} ${path} is not Telnyx's`;
  const schema = operation.requestBody?.content["application/json"].schema;
  const bodyFault = schema ? schemaFault(closedBody(schema), body) : body === null ? null : "takes no body";
  if (bodyFault) return `${method} ${path}: ${bodyFault}`;
  const parameters = (operation.parameters ?? []).map(resolved);
  for (const [name, value] of Object.entries(nested(query))) {
    const parameter = parameters.find((each) => each.name === name);
    if (!parameter) return `${path} takes no ${name}`;
    const isList = parameter.schema.type === "array" && typeof value === "string";
    const fault = schemaFault(closed(parameter.schema), isList ? value.split(",") : value);
    if (fault) return `${path} ${name}: ${fault}`;
  }
  return null;
}

/** What is wrong with a 200. */
export function answerFault(method: string, path: string, body: unknown): string | null {
  const schema = operationOf(method, path)?.responses["200"]?.content?.["application/json"]?.schema;
  return schema ? schemaFault(schema, body) : `${method} ${path} has no such answer`;
}

/** A field that is not described is a fault. */
function closedBody(schema: AnySchema): AnySchema {
  return { ...(schema as object), unevaluatedProperties: false };
}

function operationOf(method: string, path: string): Operation | undefined {
  const name = Object.keys(paths).find((each) =>
    new RegExp(`^${each.replaceAll(/\{[^}]+\}/g, "[^/]+")}$`).test(path),
  );
  return name === undefined ? undefined : paths[name]?.[method.toLowerCase()];
}

function resolved(parameter: Parameter): Parameter {
  if (!parameter.$ref) return parameter;
  const name = parameter.$ref.split("/").at(-1) ?? "";
  return (description.components.parameters as unknown as Record<string, Parameter>)[name] ?? parameter;
}

/** `a[b][c]=d` → `{ a: { b: { c: "d" } } }`, numbers as numbers. */
function nested(query: URLSearchParams): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const [key, value] of query) {
    const names = key.replaceAll("]", "").split("[");
    let at = all;
    for (const name of names.slice(0, -1)) {
      at[name] ??= {};
      at = at[name] as Record<string, unknown>;
    }
    at[names.at(-1) ?? ""] = /^\d+$/.test(value) ? Number(value) : value;
  }
  return all;
}

/** A parameter of a name that is not described is a fault, unless it says that any is possible. */
function closed(schema: AnySchema): AnySchema {
  return JSON.parse(JSON.stringify(schema), (_, value: unknown) => {
    const isObject = typeof value === "object" && value !== null && "properties" in value;
    const closed =
      isObject && !("additionalProperties" in value) ? { ...value, additionalProperties: false } : value;
    // `last_N_days` is in the text and not in the list.
    if (isObject && "date_range" in (value.properties as object))
      return { ...value, properties: { ...(value.properties as object), date_range: { type: "string" } } };
    return closed;
  }) as AnySchema;
}

function schemaFault(schema: AnySchema, value: unknown): string | null {
  const rooted = JSON.parse(
    JSON.stringify(schema).replaceAll('"#/components/', '"telnyx#/components/'),
  ) as AnySchema;
  return ajv.validate(rooted, value) ? null : ajv.errorsText(ajv.errors).slice(0, 500);
}
