/**
 * Holds answers of a running service against the document: status, content type, headers and body. A field that the
 * document does not know is a fault too, although a client has to live with it.
 */
import { Ajv2020, type AnySchema, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { Answer, Document, Header, Operation, Reference, Schema } from "../../src/reference/openapi.ts";

export interface Documented {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

export class Judge {
  readonly document: Document;
  readonly operations: ReadonlyMap<string, Documented>;
  /** `<operation> <status>` of everything that was held against the document. */
  readonly seen = new Set<string>();
  readonly #ajv = new Ajv2020({ allowUnionTypes: true, allErrors: true });

  constructor(document: Document) {
    this.document = document;
    addFormats.default(this.#ajv);
    for (const [name, schema] of Object.entries(document.components.schemas))
      this.#ajv.addSchema(closed(schema), name);
    this.operations = new Map(
      Object.entries(document.paths).flatMap(([path, item]) =>
        Object.entries(item).map(([method, operation]) => [
          operation.operationId,
          { method: method.toUpperCase(), path, operation },
        ]),
      ),
    );
  }

  documented(operationId: string): Documented {
    const found = this.operations.get(operationId);
    if (!found) throw new Error(`${operationId} is not documented`);
    return found;
  }

  /** Throws when the answer is not as documented. The body is left to be read when it is no JSON. */
  async hold(operationId: string, response: Response): Promise<unknown> {
    const what = `${operationId} ${response.status}`;
    const answers = this.documented(operationId).operation.responses;
    const documented = answers[String(response.status)];
    if (!documented) throw new Error(`${what} is not documented: ${await response.text()}`);
    this.seen.add(what);
    return this.holdAnswer(what, documented, response);
  }

  async holdAnswer(what: string, documented: Answer | Reference, response: Response): Promise<unknown> {
    const answer = this.#resolve<Answer>(documented);
    for (const [name, header] of Object.entries(answer.headers ?? {}))
      this.#holdHeader(what, name, this.#resolve<Header>(header), response.headers.get(name));
    const type = response.headers.get("content-type")?.split(";")[0] ?? null;
    if (!answer.content) {
      if ((await response.text()) !== "") throw new Error(`${what} has a body`);
      return undefined;
    }
    const media = type === null ? undefined : answer.content[type];
    if (!media)
      throw new Error(`${what} is ${type}, and documented as ${Object.keys(answer.content).join()}`);
    if (type !== "application/json") return undefined;
    const body: unknown = await response.json();
    this.holdValue(what, media.schema, body);
    return body;
  }

  /** Throws when the value is not as the schema says. */
  holdValue(what: string, schema: Schema | Reference, value: unknown): void {
    const validate = this.#compiled(schema);
    if (!validate(value))
      throw new Error(
        `${what}: ${this.#ajv.errorsText(validate.errors)} in ${JSON.stringify(value).slice(0, 1000)}`,
      );
  }

  #holdHeader(what: string, name: string, { required, schema }: Header, text: string | null): void {
    if (text === null) {
      if (required) throw new Error(`${what} has no ${name}`);
      return;
    }
    const isNumber = !("$ref" in schema) && schema.type === "integer";
    this.holdValue(`${what}, ${name}`, schema, isNumber ? Number(text) : text);
  }

  #compiled(schema: Schema | Reference): ValidateFunction {
    return this.#ajv.compile(closed(schema));
  }

  #resolve<T>(part: T | Reference): T {
    if (!isReference(part)) return part;
    const [, , kind = "", name = ""] = part.$ref.split("/");
    const components: Readonly<Record<string, Readonly<Record<string, unknown>>>> = this.document.components;
    const found = components[kind]?.[name];
    if (!found) throw new Error(`${part.$ref} is nowhere`);
    return found as T;
  }
}

function isReference(part: unknown): part is Reference {
  return typeof part === "object" && part !== null && "$ref" in part;
}

/** The schema with references by name, and each of its objects closed to fields that it does not name. */
function closed(schema: Schema | Reference): AnySchema {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) => {
    if (key === "$ref" && typeof value === "string") return value.replace("#/components/schemas/", "");
    const isObject = typeof value === "object" && value !== null && "properties" in value && "type" in value;
    return isObject && !("additionalProperties" in value) ? { ...value, additionalProperties: false } : value;
  }) as AnySchema;
}
