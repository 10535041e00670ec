/** The answers that are no success: one for each code of the error envelope, with the headers that come with it. */
import { type ErrorCode, STATUS } from "../errors.ts";
import {
  type Answer,
  type Answers,
  type Header,
  json,
  object,
  ref,
  type Schema,
  type Schemas,
} from "./openapi.ts";

export const CODES = Object.keys(STATUS) as ErrorCode[];

const WAIT: Header = {
  description: "Seconds to wait before the next attempt.",
  required: true,
  schema: { type: "integer", minimum: 1 },
  example: 2,
};

export const HEADERS: Readonly<Record<string, Header>> = {
  "Retry-After": WAIT,
  "WWW-Authenticate": {
    description:
      'The challenge of RFC 6750: `Bearer realm="inlet"`, and with 403 `error="insufficient_scope"` and the scope that is missing.',
    required: true,
    schema: { type: "string" },
    example: 'Bearer realm="inlet"',
  },
  "Inlet-Position": {
    description: "The stream's position up to which was looked: the `after` of the next attempt.",
    required: true,
    schema: ref("schemas", "Cursor"),
  },
  ETag: {
    description: "Names these very bytes.",
    required: true,
    schema: { type: "string" },
  },
  "Content-Range": {
    description: "Which bytes, and of how many.",
    required: true,
    schema: { type: "string" },
    example: "bytes 0-1023/4096",
  },
  Allow: {
    description: "The methods that this address takes.",
    required: true,
    schema: { type: "string" },
    example: "GET, HEAD",
  },
};

interface Failure {
  readonly description: string;
  readonly example: string;
  readonly header?: keyof typeof HEADERS & string;
}

const FAILURES: Readonly<Record<ErrorCode, Failure>> = {
  validation_error: {
    description: "A parameter or the body is not valid. `fields` says which, and what is allowed.",
    example: "The query is not valid.",
  },
  unauthorized: {
    description:
      "The key, the ticket or the signature is missing, wrong, revoked or expired: which of these is not told.",
    example: "A valid API key is needed, as Authorization: Bearer KEY.",
    header: "WWW-Authenticate",
  },
  forbidden: {
    description: "The key lacks the scope that the challenge names.",
    example: "This API key lacks the scope sms:read.",
    header: "WWW-Authenticate",
  },
  not_found: {
    description: "Not found, or not visible to this key.",
    example: "Not found.",
  },
  method_not_allowed: {
    description: "The address exists and does not take this method.",
    example: "Method not allowed; allowed: GET, HEAD.",
    header: "Allow",
  },
  payload_too_large: {
    description: "The body is larger than this address takes.",
    example: "The body is larger than 1048576 bytes.",
  },
  rate_limited: {
    description: "Too many at once, or too often: come back after the wait.",
    example: "This API key opens streams too fast.",
    header: "Retry-After",
  },
  internal_error: {
    description: "Something went wrong on our side, and is in our log.",
    example: "Something went wrong on our side.",
  },
  unavailable: {
    description:
      "The database does not answer, nothing can be stored, or the server is shutting down: come back after the wait.",
    example: "The server is shutting down.",
    header: "Retry-After",
  },
};

const FIELDS: Schema = {
  type: "object",
  description: "The name of each parameter or field that was refused, and what it must be.",
  additionalProperties: { type: "string" },
  minProperties: 1,
  examples: [{ limit: "must be a whole number from 1 to 200" }],
};

export const ERRORS: Schemas = {
  ErrorCode: { type: "string", enum: CODES, description: "A closed set. Each has one status." },
  Error: object("Every answer that is no success.", {
    error: object(
      "What went wrong.",
      {
        code: ref("schemas", "ErrorCode"),
        message: { type: "string", description: "For people: its words may change." },
      },
      { fields: FIELDS },
    ),
  }),
};

/** `rate_limited` → `RateLimited`, under which the answer stands in the components. */
function nameOf(code: ErrorCode): string {
  return code.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function failureAnswer(code: ErrorCode): Answer {
  const { description, example, header } = FAILURES[code];
  const isValidation = code === "validation_error";
  const fields = { limit: "must be a whole number from 1 to 200" };
  const error = object(
    "What went wrong.",
    { code: { const: code }, message: { type: "string" } },
    isValidation ? { fields: FIELDS } : {},
  );
  return {
    description,
    ...(header ? { headers: { [header]: ref("headers", header) } } : {}),
    content: json(object(`The error envelope with \`${code}\`.`, { error }), {
      error: { code, message: example, ...(isValidation ? { fields } : {}) },
    }),
  };
}

export const FAILURE_ANSWERS: Readonly<Record<string, Answer>> = Object.fromEntries(
  CODES.map((code) => [nameOf(code), failureAnswer(code)]),
);

/** By status, for an operation that may fail with these codes. `internal_error` may come from anywhere. */
export function failures(...codes: readonly ErrorCode[]): Answers {
  return Object.fromEntries(
    [...codes, "internal_error" as const].map((code) => [STATUS[code], ref("responses", nameOf(code))]),
  );
}
