/** The chapters in their order. Names are what `inlet help NAME` and `/docs/NAME` take; nothing else is loaded here. */

export interface Entry {
  readonly name: string;
  readonly title: string;
  /** What it is about, in a line. */
  readonly about: string;
}

export const CONTENTS = [
  { name: "stream", title: "The stream and the API", about: "following, resuming, history, search, tickets" },
  { name: "clients", title: "Clients", about: "curl, JavaScript, Python, Go, browsers, the console, tail" },
  { name: "telnyx", title: "Telnyx", about: "setting it up, numbers, after an outage, doctor" },
  {
    name: "deploy",
    title: "Deploy",
    about: "systemd, behind Caddy or nginx, TLS of its own, several processes",
  },
  {
    name: "machines",
    title: "More than one machine",
    about: "a shared database, NATS, what happens when a part fails",
  },
  { name: "backup", title: "Back up and restore", about: "copies of a running service, and the way back" },
  { name: "upgrade", title: "Upgrade", about: "to a newer version, and back" },
  { name: "operate", title: "Operate and alert", about: "what to watch, what the log says, what to do" },
  { name: "limits", title: "Limits and threat model", about: "bounds, who may do what, what it is not" },
  {
    name: "architecture",
    title: "How it is built",
    about: "the way of a message, the rooms, the dependencies",
  },
  { name: "figures", title: "Figures", about: "what it takes of a machine, measured" },
  { name: "commands", title: "Commands", about: "every command with its options and examples" },
  { name: "environment", title: "Environment", about: "every variable with its default and bounds" },
] as const satisfies readonly Entry[];

export type ChapterName = (typeof CONTENTS)[number]["name"];

export function isChapter(name: string): name is ChapterName {
  return CONTENTS.some((entry) => entry.name === name);
}
