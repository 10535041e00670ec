/**
 * The chapters' texts in Markdown, as they are printed and served. Two of them are made from what they are about, so
 * that they cannot drift. A fifth of a megabyte: loaded on use.
 */
import architecture from "./architecture.md" with { type: "text" };
import backup from "./backup.md" with { type: "text" };
import clients from "./clients.md" with { type: "text" };
import commands from "./commands.md" with { type: "text" };
import type { ChapterName } from "./contents.ts";
import deploy from "./deploy.md" with { type: "text" };
import environment from "./environment.md" with { type: "text" };
import { describeEnvironment } from "./environment.ts";
import figures from "./figures.md" with { type: "text" };
import limits from "./limits.md" with { type: "text" };
import machines from "./machines.md" with { type: "text" };
import operate from "./operate.md" with { type: "text" };
import stream from "./stream.md" with { type: "text" };
import telnyx from "./telnyx.md" with { type: "text" };
import upgrade from "./upgrade.md" with { type: "text" };

/** Every command's help, in Markdown: told by who has the commands. */
export type DescribeCommands = () => string;

export function chapterText(name: ChapterName, describeCommands: DescribeCommands): string {
  return TEXTS[name](describeCommands);
}

const TEXTS: Readonly<Record<ChapterName, (describeCommands: DescribeCommands) => string>> = {
  stream: () => stream,
  clients: () => clients,
  telnyx: () => telnyx,
  deploy: () => deploy,
  machines: () => machines,
  backup: () => backup,
  upgrade: () => upgrade,
  operate: () => operate,
  limits: () => limits,
  architecture: () => architecture,
  figures: () => figures,
  commands: (describeCommands) => filled(commands, "commands", describeCommands()),
  environment: () => filled(environment, "variables", describeEnvironment()),
};

/** Throws unless the place is there exactly once. */
function filled(text: string, place: string, content: string): string {
  const [before, after, ...more] = text.split(`{{${place}}}`);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`the chapter must hold {{${place}}} exactly once`);
  return before + content + after;
}
