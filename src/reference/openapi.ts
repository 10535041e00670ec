/** As much of OpenAPI 3.1 as the document says anything with, and references between its parts. */

export interface Document {
  readonly openapi: "3.1.1";
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly summary: string;
    readonly description: string;
    readonly license: { readonly name: string; readonly identifier: string };
  };
  readonly servers: readonly { readonly url: string; readonly description: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Paths;
  readonly components: {
    readonly schemas: Schemas;
    readonly parameters: Named<Parameter>;
    readonly headers: Named<Header>;
    readonly responses: Named<Answer>;
    readonly securitySchemes: Named<SecurityScheme>;
  };
}

type Named<T> = Readonly<Record<string, T>>;

export interface Reference {
  readonly $ref: string;
  readonly description?: string;
}

/** JSON Schema 2020-12, which is OpenAPI's since 3.1. */
export interface Schema {
  readonly type?: SchemaType | readonly SchemaType[];
  readonly description?: string;
  readonly const?: string | number | boolean;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: string | number;
  readonly items?: Schema | Reference;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Named<Schema | Reference>;
  readonly required?: readonly string[];
  readonly minProperties?: number;
  readonly additionalProperties?: boolean | Schema;
  readonly oneOf?: readonly (Schema | Reference)[];
  readonly examples?: readonly unknown[];
}

type SchemaType = "string" | "number" | "integer" | "boolean" | "object" | "array" | "null";

export type Schemas = Named<Schema>;

/** Examples stand in the schema: of a parameter itself, a page would fill them in. */
export interface Parameter {
  readonly name: string;
  readonly in: "query" | "header" | "path";
  readonly description: string;
  readonly required?: boolean;
  readonly style?: "form";
  readonly explode?: boolean;
  readonly schema: Schema | Reference;
}

export interface Header {
  readonly description: string;
  readonly required: boolean;
  readonly schema: Schema | Reference;
  readonly example?: string | number;
}

export interface MediaType {
  readonly schema: Schema | Reference;
  readonly example?: unknown;
  readonly examples?: Named<{ readonly summary: string; readonly value: unknown }>;
  /** OpenAPI 3.2's `itemSchema`, which 3.1 has only as an extension: the items of a stream. */
  readonly "x-itemSchema"?: Reference;
}

export interface Answer {
  readonly description: string;
  readonly headers?: Named<Header | Reference>;
  readonly content?: Named<MediaType>;
}

/** By status. */
export type Answers = Readonly<Record<string, Answer | Reference>>;

/** Any one of them will do; of one, all its schemes are needed. */
export type Security = readonly Readonly<Record<string, readonly string[]>>[];

export type SecurityScheme = { readonly description: string } & (
  | { readonly type: "http"; readonly scheme: "bearer"; readonly bearerFormat?: string }
  | { readonly type: "apiKey"; readonly in: "query" | "header"; readonly name: string }
);

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security: Security;
  readonly parameters?: readonly (Parameter | Reference)[];
  readonly requestBody?: { readonly required: boolean; readonly content: Named<MediaType> };
  readonly responses: Answers;
}

export type Method = "get" | "post";

export type Paths = Named<{ readonly [method in Method]?: Operation }>;

export function ref(kind: keyof Document["components"], name: string): Reference {
  return { $ref: `#/components/${kind}/${name}` };
}

/** An object of which these fields are always there, and those may be. Fields that a later version adds are not refused. */
export function object(
  description: string,
  required: Named<Schema | Reference>,
  optional: Named<Schema | Reference> = {},
): Schema {
  return {
    type: "object",
    description,
    required: Object.keys(required),
    properties: { ...required, ...optional },
  };
}

/** One body of JSON. */
export function json(schema: Schema | Reference, example?: unknown): Named<MediaType> {
  return { "application/json": { schema, ...(example === undefined ? {} : { example }) } };
}
