/** Filters and search in the address, behind the `#`, where no server sees them; never the key. */
import { ALL, type MessageQuery } from "./query.ts";

const NUMBER = /^\+?\d{5,15}$/;
const MESSAGE_ID = /^[\w.:-]{1,100}$/;
/** The server takes no longer sender. */
const MAX_FROM = 64;
const MAX_Q = 200;

/** What the part behind the `#` says; what cannot be meant is left out. */
export function readQuery(hash: string): MessageQuery {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const to = given.get("to") ?? "";
  const from = (given.get("from") ?? "").slice(0, MAX_FROM);
  const message = given.get("message") ?? "";
  return {
    to: NUMBER.test(to) ? to : null,
    from: from === "" ? null : from,
    q: (given.get("q") ?? "").slice(0, MAX_Q).trim(),
    message: MESSAGE_ID.test(message) ? message : null,
  };
}

/** Empty where nothing is chosen. */
export function hashOf({ to, from, q, message }: MessageQuery): string {
  const chosen = Object.entries({ to, from, q, message }).filter(
    ([, value]) => value !== null && value !== "",
  );
  return chosen.length === 0
    ? ""
    : `#${new URLSearchParams(chosen.map(([name, value]) => [name, String(value)]))}`;
}

/** This page, with a single message. */
export function linkTo(message: string): string {
  return new URL(hashOf({ ...ALL, message }), location.href).href;
}
