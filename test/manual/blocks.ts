/** The blocks of code in README and manual, as somebody would paste them. */
import { join } from "node:path";
import { Glob } from "bun";
import { ROOT } from "../harness/binary.ts";

export interface Block {
  /** Beside its first line, what it is known by in a test. */
  readonly file: string;
  /** What stands behind the fence, such as `sh`. */
  readonly language: string;
  readonly text: string;
}

const FILES = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...new Glob("src/manual/*.md").scanSync({ cwd: ROOT }),
];

/** All of them, file by file. */
export async function allBlocks(): Promise<Block[]> {
  const texts = await Promise.all(FILES.map((file) => Bun.file(join(ROOT, file)).text()));
  return texts.flatMap((text, i) =>
    [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = "", block = ""]) => ({
      file: FILES[i] ?? "",
      language,
      text: block,
    })),
  );
}

/** The one block of the file that holds the words. Throws unless there is exactly one. */
export async function blockWith(file: string, words: string): Promise<string> {
  const found = (await allBlocks()).filter((block) => block.file === file && block.text.includes(words));
  if (found.length !== 1) throw new Error(`${file} has ${found.length} blocks with ${words}`);
  return found[0]?.text ?? "";
}
