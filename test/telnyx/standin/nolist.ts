/** Answers with a 2xx that are no list, each of which a careless reader takes for an empty one. */
import { type ApiError, answering, saying } from "./faults.ts";

export const NO_LISTS: [string, ApiError][] = [
  ["HTML", saying("<html>a proxy's page</html>")],
  ["HTML that is called JSON", saying("<html>", "application/json")],
  ["an object without data", answering({})],
  ["a bare array", answering([])],
  ["data that is no list", answering({ data: {} })],
  ["rows that are no objects", answering({ data: [1] })],
  ["null", answering(null)],
  ["no body", () => new Response(null, { status: 204 })],
];
