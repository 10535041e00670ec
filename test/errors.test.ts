/** The envelope and the headers of each fault are the contract's, and hold nothing that is not for strangers. */
import { expect, test } from "bun:test";
import {
  ApiError,
  CommandError,
  type ErrorCode,
  errorCode,
  errorResponse,
  UsageError,
} from "../src/errors.ts";

const STATUS: Readonly<Record<ErrorCode, number>> = {
  validation_error: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  payload_too_large: 413,
  rate_limited: 429,
  internal_error: 500,
  unavailable: 503,
};
const CODES = Object.keys(STATUS) as ErrorCode[];

for (const code of CODES) {
  test(`${code} is answered ${STATUS[code]} with the envelope and nothing else`, async () => {
    const response = errorResponse(new ApiError(code, "It is so."));
    expect(response.status).toBe(STATUS[code]);
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.text()).toBe(`{"error":{"code":"${code}","message":"It is so."}}`);
  });
}

test("a stranger is told nothing of the cause, the stack or the details", async () => {
  const cause = new Error("SQLITE_CONSTRAINT: messages.body = 'secret'");
  for (const code of CODES) {
    const fault = new ApiError(code, "It is so.", {
      cause,
      retryAfterSeconds: 1,
      allow: "GET",
      scope: "sms:read",
    });
    expect(fault.cause).toBe(cause);
    const response = errorResponse(fault);
    const said = (await response.text()) + JSON.stringify([...response.headers]);
    for (const secret of ["secret", "SQLITE", "errors.test.ts"]) expect(said).not.toContain(secret);
  }
});

test("a validation error names its fields", async () => {
  const fields = { to: "must be a number", since: "must be a time" };
  const response = errorResponse(new ApiError("validation_error", "The query is not valid.", { fields }));
  expect(await response.json()).toEqual({
    error: { code: "validation_error", message: "The query is not valid.", fields },
  });
});

test("a challenge goes with 401, and with 403 where a scope is missing", () => {
  const challenge = (fault: ApiError) => errorResponse(fault).headers.get("www-authenticate");
  expect(challenge(new ApiError("unauthorized", "No."))).toBe('Bearer realm="inlet"');
  expect(challenge(new ApiError("forbidden", "No.", { scope: "sms:read" }))).toBe(
    'Bearer realm="inlet", error="insufficient_scope", scope="sms:read"',
  );
  expect(challenge(new ApiError("not_found", "No."))).toBeNull();
});

test("405 names the methods that are allowed", () => {
  const fault = new ApiError("method_not_allowed", "No.", { allow: "GET, HEAD" });
  expect(errorResponse(fault).headers.get("allow")).toBe("GET, HEAD");
});

test("429 and 503 say in whole seconds, and never too few, when to come back", () => {
  for (const code of ["rate_limited", "unavailable"] as const) {
    const after = (retryAfterSeconds: number) =>
      errorResponse(new ApiError(code, "Wait.", { retryAfterSeconds })).headers.get("retry-after");
    expect([after(1), after(0.05), after(1.2), after(60)]).toEqual(["1", "1", "2", "60"]);
  }
});

test("errors are told apart by their class and their name", () => {
  const errors = [new ApiError("not_found", "a"), new CommandError("b"), new UsageError("c")];
  expect(errors.map(({ name, message }) => [name, message])).toEqual([
    ["ApiError", "a"],
    ["CommandError", "b"],
    ["UsageError", "c"],
  ]);
  for (const error of errors) expect(error).toBeInstanceOf(Error);
});

const coded = (message: string, code: unknown, cause?: unknown) =>
  Object.assign(new Error(message, cause === undefined ? undefined : { cause }), { code });

test("the first code on the way to the innermost cause is the code", () => {
  expect(errorCode(coded("a", "SQLITE_BUSY"))).toBe("SQLITE_BUSY");
  expect(errorCode(new Error("a", { cause: coded("b", "ECONNREFUSED") }))).toBe("ECONNREFUSED");
  expect(errorCode(coded("a", "OUTER", coded("b", "INNER", new Error("c"))))).toBe("OUTER");
});

test("without a code that is a text there is none", () => {
  for (const error of [
    undefined,
    null,
    "SQLITE_BUSY",
    { code: "SQLITE_BUSY" },
    new Error("a"),
    coded("a", 5),
  ])
    expect(errorCode(error)).toBeUndefined();
});

test("causes that go round in a circle end", () => {
  const one = coded("one", "ONE");
  one.cause = coded("two", "TWO", one);
  expect(errorCode(one)).toBeString();
});
