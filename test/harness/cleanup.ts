/** What tests started or made, undone in reverse order when they are over. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const undo: (() => unknown)[] = [];

export function atTheEnd(work: () => unknown): void {
  undo.push(work);
}

export async function stopEverything(): Promise<void> {
  for (let work = undo.pop(); work; work = undo.pop()) await work();
}

/** An empty folder, removed at the end. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "inlet-test-"));
  atTheEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
