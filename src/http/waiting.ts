/** Stands in for a server that cannot serve yet: it is alive, is not ready, and tells every client to come back. */
import { errorResponse, unavailable } from "../errors.ts";
import { cannotListen, type ListenConfig, listenOptions } from "./listen.ts";

export interface WaitingServer {
  readonly url: string;
  readonly port: number;
  /** Resolves when the port is free. */
  readonly stop: () => Promise<void>;
}

const RETRY_AFTER_SECONDS = 2;

/** Throws {@link CommandError} when it cannot listen on the port. */
export function listenMeanwhile(config: ListenConfig, sharesPort: boolean, why: string): WaitingServer {
  const answer = ({ url }: Request): Response =>
    new URL(url).pathname === "/healthz"
      ? Response.json({ data: { status: "alive" } })
      : errorResponse(unavailable(null, why, RETRY_AFTER_SECONDS));
  try {
    const server = Bun.serve({ ...listenOptions(config, sharesPort), fetch: answer });
    return { url: server.url.origin, port: server.port ?? config.port, stop: () => server.stop(true) };
  } catch (error) {
    throw cannotListen(config, error);
  }
}
