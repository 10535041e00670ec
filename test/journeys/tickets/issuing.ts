/** Asks for tickets as a back end does, and holds each answer to its form. */
import { expect } from "bun:test";
import type { Server } from "../../harness/server.ts";

export const STREAM = "/api/v1/sms/stream";
export const TICKETS = `${STREAM}/tickets`;
/** A revocation reaches open streams within this. */
export const REACHES_MS = 2_000;

export interface Issued {
  readonly ticket: string;
  readonly expires_at: string;
  readonly url: string;
}

export async function issue({ url }: Server, key: string, body?: unknown): Promise<Issued> {
  const init = { method: "POST", headers: { authorization: `Bearer ${key}` } };
  const response = await fetch(`${url}${TICKETS}`, {
    ...init,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  expect([response.status, response.headers.get("cache-control")]).toEqual([201, "no-store"]);
  const { data } = (await response.json()) as { data: Issued };
  expect(Object.keys(data)).toEqual(["ticket", "expires_at", "url"]);
  expect(data.ticket).toMatch(/^ticket_[0-9A-Za-z]{32}$/);
  return data;
}

export const withTicket = (ticket: string, more = "") => ({ query: `?ticket=${ticket}${more}` });

export function secondsLeft({ expires_at }: Issued): number {
  return (Date.parse(expires_at) - Date.now()) / 1000;
}
