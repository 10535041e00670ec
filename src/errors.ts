/** The closed set of things that can go wrong for someone outside, and the one table to HTTP. */

/** The HTTP status of each code. */
export const STATUS = {
  validation_error: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  payload_too_large: 413,
  rate_limited: 429,
  internal_error: 500,
  unavailable: 503,
} as const;

export type ErrorCode = keyof typeof STATUS;

interface Details {
  /** For `validation_error`: name of the parameter → what is wrong with it. */
  readonly fields?: Readonly<Record<string, string>>;
  /** For `rate_limited` and `unavailable`. */
  readonly retryAfterSeconds?: number;
  /** For `method_not_allowed`: the methods that are. */
  readonly allow?: string;
  /** For `forbidden`: the scope that is missing. */
  readonly scope?: string;
  /** What really happened: for the operator's log, never for the stranger. */
  readonly cause?: unknown;
}

/** An error whose message may be shown to whoever caused it. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: ErrorCode;
  readonly details: Details;

  constructor(code: ErrorCode, message: string, details: Details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.details = details;
  }
}

/**
 * What cannot be had at the moment, for whatever `cause`: the one way to answer 503. `sentence` is for a stranger. A
 * cause that is a fault itself is passed on.
 */
export function unavailable(
  cause: unknown,
  sentence = "The database does not answer.",
  retryAfterSeconds = 2,
): ApiError {
  return cause instanceof ApiError
    ? cause
    : new ApiError("unavailable", sentence, { retryAfterSeconds, cause });
}

/** The operator has been told in the log why the process ends: exit 1, without another word. */
export class Failure extends Error {
  override readonly name = "Failure";
}

/** What the caller of a command asked for cannot be done as asked: exit 1, with this sentence. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** The command line or the environment is wrong: exit 2, with this sentence. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The contract's envelope for a fault, with its status and headers. */
export function errorResponse(fault: ApiError): Response {
  const { fields, retryAfterSeconds, allow, scope } = fault.details;
  const headers = new Headers({
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
  });
  if (fault.code === "unauthorized") headers.set("www-authenticate", 'Bearer realm="inlet"');
  // RFC 6750, section 3.1: the challenge of a 403 names the scope that would do.
  if (scope)
    headers.set("www-authenticate", `Bearer realm="inlet", error="insufficient_scope", scope="${scope}"`);
  if (allow) headers.set("allow", allow);
  if (retryAfterSeconds) headers.set("retry-after", String(Math.ceil(retryAfterSeconds)));
  const error = { code: fault.code, message: fault.message, ...(fields ? { fields } : {}) };
  return new Response(JSON.stringify({ error }), { status: STATUS[fault.code], headers });
}

/** The code of an error or of what caused it, as libSQL (`SQLITE_BUSY`) or the system (`ECONNREFUSED`) names it. */
export function errorCode(error: unknown): string | undefined {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if ("code" in at && typeof at.code === "string") return at.code;
  }
  return undefined;
}
