/** The variables as a chapter, and as a file to start from: both made from what reads them. */
import { type DescribedVariable, describeVariables } from "../config/config.ts";
import { GROUPS } from "../config/variables.ts";

/** Of a line of the file. */
const WIDTH = 100;

/** The variables group by group, in Markdown. */
export function describeEnvironment(): string {
  return grouped()
    .map(({ group, variables }) => `## ${group}\n\n${variables.map(entry).join("\n")}`)
    .join("\n\n");
}

/** Every variable, commented out, with what it is for: what `inlet help environment --env-file` prints. */
export function environmentFile(): string {
  const head = [
    "# Inlet's environment. Lines without the # in front of a name are in force.",
    "# Read it with: inlet --env-file FILE serve. What is set in the environment already wins.",
  ];
  const groups = grouped().map(
    ({ group, variables }) => `# ${group}\n\n${variables.map(lines).join("\n\n")}`,
  );
  return `${head.join("\n")}\n\n\n${groups.join("\n\n\n")}`;
}

function grouped() {
  const all = describeVariables();
  return GROUPS.map((group) => ({
    group,
    variables: all.filter((variable) => variable.group === group),
  }));
}

function entry({ name, what, fallback, allowed, example }: DescribedVariable): string {
  const facts = [
    ...(fallback === undefined ? [] : [`Default: \`${fallback}\`.`]),
    ...(allowed === undefined ? [] : [`Allowed: ${allowed}.`]),
    ...(example === undefined ? [] : [`Example: \`${example}\`.`]),
  ];
  return `- **\`${name}\`**: ${[what, ...facts].join(" ")}`;
}

function lines({ name, what, fallback, allowed, example }: DescribedVariable): string {
  const text = `${what}${allowed === undefined ? "" : ` Allowed: ${allowed}.`}`;
  // Nobody needs the marks of Markdown in a file of settings.
  const plain = text.replaceAll(/[`_*](?=\S)([^`*]+?)[`_*]/g, "$1");
  return [...wrapped(plain).map((line) => `# ${line}`), `#${name}=${fallback ?? example ?? ""}`].join("\n");
}

function wrapped(text: string): string[] {
  const out: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length >= WIDTH) {
      out.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...out, line];
}
