/** The whole HTTP surface on one screen. What the routes need is handed in. */
import { Elysia } from "elysia";
import { showMe } from "./account/me.ts";
import { listPhoneNumbers } from "./account/phonenumbers.ts";
import { type DemoDeps, sendDemoMessage } from "./console/demo.ts";
import { ConsoleRoute } from "./console/route.ts";
import type { ConsoleSettings } from "./console/settings.ts";
import { Fault, faultResponse } from "./errors.ts";
import { type HistoryRouteDeps, listMessages, showMessage } from "./history/list.ts";
import { NEXT_IDLE_SECONDS, type NextRouteDeps, nextMessage } from "./history/next.ts";
import { receiveWebhook, type WebhookDeps } from "./inbound/webhook.ts";
import { log, shownError } from "./log.ts";
import { alive, type HealthDeps, ready } from "./operations/health.ts";
import { openStream, type StreamRouteDeps } from "./stream/route.ts";
import { requestUrl } from "./url.ts";

export interface AppDeps {
  readonly webhook: WebhookDeps;
  readonly stream: StreamRouteDeps;
  readonly history: HistoryRouteDeps & NextRouteDeps;
  readonly health: HealthDeps;
  readonly console: Omit<ConsoleSettings, "demoNumber">;
  /** In `inlet demo` alone. */
  readonly demo: DemoDeps | null;
  /** Seconds for which a stream's socket may take nothing before the runtime cuts it. */
  readonly streamIdleSeconds: number;
}

/** The same API under both, as published and as its page's title says. */
const API_PREFIXES = ["/api/v1", "/v1"] as const;

export function createApp(deps: AppDeps) {
  const { demo } = deps;
  const page = new ConsoleRoute({ ...deps.console, demoNumber: demo?.number ?? null });
  const app = new Elysia()
    .onError({ as: "global" }, ({ error, code, request }) => faultResponse(toFault(error, code, request)))
    .get("/", ({ request }) => page.serve(request))
    .get("/healthz", alive)
    .get("/readyz", () => ready(deps.health))
    .post("/webhooks/telnyx", ({ request }) => receiveWebhook(deps.webhook, request), { parse: "none" });
  if (demo) {
    const send = (request: Request) => sendDemoMessage(deps.stream.guard, demo, request);
    app.post("/demo/messages", ({ request }) => send(request), { parse: "none" });
  }
  for (const prefix of API_PREFIXES) app.group(prefix, (api) => api.use(apiRoutes(deps)));
  return app;

  function toFault(error: unknown, code: unknown, request: Request): Fault {
    if (error instanceof Fault) return error;
    if (code === "NOT_FOUND") return noSuchRoute(app.routes, request);
    if (code === "PARSE") return new Fault("validation_error", "The body is not what its content type says.");
    const { pathname } = requestUrl(request);
    // A client that went away in the middle of its own request is nobody's fault here.
    if (error instanceof Error && error.name === "AbortError") log.debug("a client left", { pathname });
    else log.error("a request failed", { pathname, ...shownError(error) });
    return new Fault("internal_error", "Something went wrong on our side.");
  }
}

/** Each route asks the guard before it looks at anything else of the request: a stranger gets 401, and nothing else. */
function apiRoutes(deps: AppDeps) {
  return new Elysia()
    .get("/sms/stream", ({ request, server }) => {
      server?.timeout(request, deps.streamIdleSeconds);
      return openStream(deps.stream, request);
    })
    .get("/sms/messages", ({ request }) => listMessages(deps.history, request))
    .get("/sms/messages/next", ({ request, server }) => {
      server?.timeout(request, NEXT_IDLE_SECONDS);
      return nextMessage(deps.history, request);
    })
    .get("/sms/messages/:id", ({ request, params }) => showMessage(deps.history, request, params.id))
    .get("/me", ({ request }) => showMe(deps.history, request))
    .get("/phone-numbers", ({ request }) => listPhoneNumbers(deps.history, request));
}

/** 405 with the methods that there are, or 404. */
function noSuchRoute(routes: readonly { method: string; path: string }[], request: Request): Fault {
  const path = requestUrl(request).pathname.replace(/(.)\/$/, "$1");
  const methods = new Set(routes.filter((route) => route.path === path).map((route) => route.method));
  if (methods.size === 0 || methods.has(request.method))
    return new Fault("not_found", "There is nothing here.");
  if (methods.has("GET")) methods.add("HEAD");
  const allow = [...methods].sort().join(", ");
  return new Fault("method_not_allowed", `This address takes ${allow}.`, { allow });
}
