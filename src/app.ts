/** The whole HTTP surface on one screen. What the routes need is handed in. */
import { Elysia } from "elysia";
import { showMe } from "./api/me.ts";
import { type MediaRouteDeps, showMedia } from "./api/media.ts";
import { type HistoryRouteDeps, listMessages, showMessage } from "./api/messages.ts";
import { NEXT_IDLE_SECONDS, type NextRouteDeps, nextMessage } from "./api/next.ts";
import { listPhoneNumbers } from "./api/phonenumbers.ts";
import { openStream, type StreamRouteDeps } from "./api/stream.ts";
import { type IssueDeps, issueTicket } from "./api/tickets.ts";
import { type DemoDeps, sendDemoMessage } from "./console/demo.ts";
import type { Console } from "./console/route.ts";
import { ApiError, errorResponse } from "./errors.ts";
import { discardBody } from "./http/body.ts";
import { Cors } from "./http/cors.ts";
import { namesTwoHosts, routeTable } from "./http/front.ts";
import { type AnswerHeaders, answerHeaders } from "./http/headers.ts";
import type { ListenOptions } from "./http/listen.ts";
import { API_PREFIXES, type KnownRoute, methodsAt } from "./http/methods.ts";
import { requestFields } from "./http/requestid.ts";
import { logged } from "./http/requestlog.ts";
import type { Unanswered } from "./http/unanswered.ts";
import { pathOf } from "./http/url.ts";
import { errorFields, log } from "./log/log.ts";
import { Manual } from "./manual/route.ts";
import { alive, type HealthDeps, ready } from "./operations/health.ts";
import { type MetricsRouteDeps, showMetrics } from "./operations/metricsroute.ts";
import type { Reference } from "./reference/route.ts";
import { receiveWebhook, type WebhookDeps } from "./telnyx/webhook.ts";

export interface AppDeps {
  readonly webhook: WebhookDeps;
  readonly stream: StreamRouteDeps;
  readonly tickets: IssueDeps;
  readonly history: HistoryRouteDeps & NextRouteDeps;
  readonly media: MediaRouteDeps;
  readonly health: HealthDeps;
  readonly metrics: MetricsRouteDeps;
  readonly console: Console;
  /** In `inlet demo` alone. */
  readonly demo: DemoDeps | null;
  readonly reference: Reference;
  readonly manual: Manual;
  /** Seconds for which a stream's socket may take nothing before the runtime cuts it. */
  readonly streamIdleSeconds: number;
  /** Pages of these may use the API from a browser. */
  readonly corsOrigins: readonly string[];
  /** Whether browsers reach it by HTTPS. */
  readonly isEncrypted: boolean;
  readonly isHttp2: boolean;
  /** Counts the requests that have no answer yet. */
  readonly unanswered: Unanswered;
}

/** All routes, and how they are served: by {@link Surface.listen} alone, see http/front.ts. */
export interface Surface {
  readonly routes: readonly KnownRoute[];
  /** Throws what `Bun.serve` throws when the port cannot be had. */
  readonly listen: (options: ListenOptions) => Bun.Server<undefined>;
}

export function createApp(deps: AppDeps): Surface {
  const { demo } = deps;
  const cors = deps.corsOrigins.length > 0 ? new Cors(deps.corsOrigins) : null;
  const headers = answerHeaders(deps.isEncrypted, cors);
  const app = new Elysia().onError({ as: "global" }, ({ error, code, request }) =>
    refuse(request, () =>
      code === "NOT_FOUND" ? unrouted(request) : errorResponse(toApiError(error, code, request)),
    ),
  );
  // Streams are made with their headers, and come before the hook: it would cost each idle one half a kilobyte.
  for (const prefix of API_PREFIXES) app.group(prefix, (api) => api.use(streamRoute(deps, headers)));
  app
    .mapResponse({ as: "global" }, ({ request, responseValue, set }) => {
      if (responseValue instanceof Response) return headers.addTo(responseValue, request);
      Object.assign(set.headers, headers.of(request));
      return undefined;
    })
    .get("/", ({ request }) => deps.console.page(request))
    .get("/healthz", alive)
    .get("/readyz", () => ready(deps.health))
    .get("/metrics", ({ request }) => showMetrics(deps.metrics, request))
    .get("/openapi.json", ({ request }) => deps.reference.document(request))
    .get("/docs", ({ request }) => deps.reference.page(request))
    .get("/docs/:part", ({ request, params }) => {
      // Null, whatever its type says, where the path cannot be decoded.
      const part = params.part ?? "";
      return Manual.has(part) ? deps.manual.page(part, request) : deps.reference.part(part, request);
    })
    .post("/webhooks/telnyx", ({ request }) => receiveWebhook(deps.webhook, request), { parse: "none" });
  if (demo) {
    const send = (request: Request) => sendDemoMessage(deps.stream.authenticator, demo, request);
    app.post("/demo/messages", ({ request }) => send(request), { parse: "none" });
  }
  for (const prefix of API_PREFIXES) app.group(prefix, (api) => api.use(apiRoutes(deps)));
  return { routes: app.routes, listen };

  function listen(options: ListenOptions): Bun.Server<undefined> {
    app.compile();
    const lost = (request: Request) =>
      refuse(request, () => (namesTwoHosts(request) ? errorResponse(twoHosts()) : unrouted(request)));
    const found = (request: Request) =>
      namesTwoHosts(request) ? lost(request) : logged(request, deps.unanswered.until(app.fetch(request)));
    const server = Bun.serve({ ...options, routes: routeTable(app.routes, found, lost), fetch: lost });
    app.server = server;
    return server;
  }

  async function refuse(request: Request, answerOf: () => Response): Promise<Response> {
    if (deps.isHttp2) await discardBody(request);
    return headers.addTo(answerOf(), request);
  }

  function unrouted(request: Request): Response {
    const methods = methodsAt(app.routes, pathOf(request));
    return cors?.preflight(request, methods) ?? errorResponse(noSuchRoute(methods, request));
  }
}

function toApiError(error: unknown, code: unknown, request: Request): ApiError {
  if (error instanceof ApiError) return error;
  if (code === "PARSE")
    return new ApiError("validation_error", "The body is not what its content type says.");
  const known = { pathname: pathOf(request), ...requestFields(request) };
  // A client that went away in the middle of its own request is nobody's fault here.
  if (error instanceof Error && error.name === "AbortError") log.debug("a client left", known);
  else log.error("a request failed", { ...known, ...errorFields(error) });
  return new ApiError("internal_error", "Something went wrong on our side.");
}

function twoHosts(): ApiError {
  return new ApiError("validation_error", "A request names one Host.");
}

function streamRoute(deps: AppDeps, headers: AnswerHeaders) {
  return new Elysia().get("/sms/stream", ({ request, server }) => {
    server?.timeout(request, deps.streamIdleSeconds);
    return openStream(deps.stream, request, headers.of(request));
  });
}

/** Each route asks the authenticator before it looks at anything else of the request: a stranger gets 401, and nothing else. */
function apiRoutes(deps: AppDeps) {
  return new Elysia()
    .post("/sms/stream/tickets", ({ request }) => issueTicket(deps.tickets, request), { parse: "none" })
    .get("/sms/messages", ({ request }) => listMessages(deps.history, request))
    .get("/sms/messages/next", ({ request, server }) => {
      server?.timeout(request, NEXT_IDLE_SECONDS);
      return nextMessage(deps.history, request);
    })
    .get("/sms/messages/:id", ({ request, params }) => showMessage(deps.history, request, params.id))
    .get("/sms/messages/:id/media/:n", ({ request, params: { id, n } }) =>
      showMedia(deps.media, request, id, n),
    )
    .get("/me", ({ request }) => showMe(deps.history, request))
    .get("/phone-numbers", ({ request }) => listPhoneNumbers(deps.history, request));
}

/** 405 with the methods that there are, or 404. */
function noSuchRoute(methods: ReadonlySet<string>, { method }: Request): ApiError {
  if (methods.size === 0 || methods.has(method)) return new ApiError("not_found", "Not found.");
  const allow = [...methods].join(", ");
  return new ApiError("method_not_allowed", `Method not allowed; allowed: ${allow}.`, { allow });
}
