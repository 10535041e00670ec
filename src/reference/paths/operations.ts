/** For those who run it, and this document itself. */
import { failures } from "../answers.ts";
import { json, object, type Paths, ref, type Schema } from "../openapi.ts";
import { METRICS, NOBODY } from "../security.ts";

function status(word: string, more: Readonly<Record<string, Schema>> = {}): Schema {
  return object("How it is.", { data: object("How it is.", { status: { const: word }, ...more }) });
}

const DURABILITY: Schema = {
  description:
    "What a 200 to a webhook means: on disk, or acknowledged by a server that may lose its last moments.",
  enum: ["synced", "acknowledged"],
};

export const OPERATIONS_PATHS: Paths = {
  "/healthz": {
    get: {
      operationId: "isAlive",
      tags: ["Operation"],
      summary: "Whether the process is alive",
      security: NOBODY,
      responses: {
        200: { description: "It is.", content: json(status("alive")) },
        ...failures(),
      },
    },
  },
  "/readyz": {
    get: {
      operationId: "isReady",
      tags: ["Operation"],
      summary: "Whether it takes traffic",
      description: "The database answers, what comes can be stored, and the server is not shutting down.",
      security: NOBODY,
      responses: {
        200: { description: "It does.", content: json(status("ready", { durability: DURABILITY })) },
        ...failures("unavailable"),
      },
    },
  },
  "/metrics": {
    get: {
      operationId: "getMetrics",
      tags: ["Operation"],
      summary: "Its numbers, for Prometheus",
      description:
        "With `METRICS_TOKEN` set; without it there is no such address. Of several workers each has its own, labelled `worker`.",
      security: METRICS,
      responses: {
        200: {
          description: "The text format, version 0.0.4.",
          content: { "text/plain": { schema: { type: "string" } } },
        },
        ...failures("unauthorized", "not_found", "rate_limited"),
      },
    },
  },
  "/openapi.json": {
    get: {
      operationId: "getDocument",
      tags: ["Operation"],
      summary: "This document",
      security: NOBODY,
      parameters: [
        {
          name: "If-None-Match",
          in: "header",
          description: "The `ETag` of a copy that is at hand.",
          schema: { type: "string" },
        },
      ],
      responses: {
        200: {
          description: "OpenAPI 3.1.",
          headers: { ETag: ref("headers", "ETag") },
          content: json({
            type: "object",
            required: ["openapi"],
            additionalProperties: true,
            properties: { openapi: { type: "string" } },
          }),
        },
        304: {
          description: "The copy is still right.",
          headers: { ETag: ref("headers", "ETag") },
        },
        ...failures(),
      },
    },
  },
};
