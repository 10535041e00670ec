/**
 * The folder of kept pictures, readable by its owner alone. A file is named by its message's id and its place, never by
 * what anybody sent, and is there whole or not at all.
 */
import { createHash, randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, opendir, rename, rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { CommandError, errorCode } from "../errors.ts";
import { Refusal } from "./refusal.ts";
import { looksLikeSmil, SNIFFED_BYTES, sniffType } from "./sniff.ts";

export interface Kept {
  readonly type: string;
  readonly size: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

export interface FileName {
  readonly message_id: string;
  readonly n: number;
}

const NAME = /^(msg_[0-9a-f]{32})-([0-9]{1,6})$/;
/** A fetch is over by then: what is older, a process that was killed has left. */
const PART_MS = 120_000;
/** Below either of them nothing is fetched: messages need the room. */
const MIN_FREE_BYTES = 500_000_000;
const MIN_FREE_PART = 0.05;

export class PictureFiles {
  readonly folder: string;
  /** Whether the disk has room for more than the messages themselves. */
  readonly hasRoom: () => Promise<boolean>;

  constructor(folder: string, hasRoom = () => isRoomy(folder)) {
    this.folder = folder;
    this.hasRoom = hasRoom;
  }

  /** Makes the folder. Throws {@link CommandError} when it cannot be written. */
  async open(): Promise<void> {
    const probe = join(this.folder, `${randomUUID()}.part`);
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      await (await open(probe, "wx", 0o600)).close();
      await rm(probe);
    } catch (cause) {
      const why = errorCode(cause) ?? String(cause);
      throw new CommandError(
        `pictures cannot be kept in ${this.folder}: ${why}. Make the folder writable for this user, or set MEDIA_DIR`,
        { cause },
      );
    }
  }

  pathOf({ message_id, n }: FileName): string {
    const name = `${message_id}-${n}`;
    if (!NAME.test(name)) throw new Error("no picture has such a name");
    return join(this.folder, name);
  }

  /** Throws {@link Refusal} for what is no picture, or not the one that was sent; and what reading and writing throw. */
  async keep(
    name: FileName,
    host: string,
    bytes: AsyncIterable<Uint8Array>,
    given: string | null,
  ): Promise<Kept> {
    const path = this.pathOf(name);
    const part = `${path}.${randomUUID()}.part`;
    const file = await open(part, "wx", 0o600);
    try {
      const kept = await write(file, host, bytes);
      if (given !== null && given !== kept.sha256)
        throw new Refusal("checksum", "it is not what its checksum says", { host });
      await file.sync();
      await file.close();
      await rename(part, path);
      await this.#sync();
      return kept;
    } catch (error) {
      await file.close().catch(() => undefined);
      await rm(part, { force: true });
      throw error;
    }
  }

  async remove(name: FileName): Promise<void> {
    await rm(this.pathOf(name), { force: true });
  }

  /** Of every file that is there. What a process that was killed has left unfinished is taken away on the way. */
  async *names(now: number): AsyncGenerator<FileName> {
    for await (const { name } of await opendir(this.folder)) {
      const [, message_id, n] = NAME.exec(name) ?? [];
      if (message_id !== undefined) yield { message_id, n: Number(n) };
      else if (name.endsWith(".part")) await this.#removeOld(join(this.folder, name), now);
    }
  }

  async #removeOld(path: string, now: number): Promise<void> {
    const found = await stat(path).catch(() => null);
    if (found && Math.abs(now - found.mtimeMs) > PART_MS) await rm(path, { force: true });
  }

  async #sync(): Promise<void> {
    const folder = await open(this.folder, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}

async function isRoomy(folder: string): Promise<boolean> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return bavail * bsize >= MIN_FREE_BYTES && bavail >= blocks * MIN_FREE_PART;
}

/** Its type is judged before the first byte is written. */
async function write(file: FileHandle, host: string, bytes: AsyncIterable<Uint8Array>): Promise<Kept> {
  const hash = createHash("sha256");
  let size = 0;
  let head = Buffer.alloc(0);
  let type: string | null = null;
  const judge = () => {
    const found = sniffType(head);
    if (found === null)
      throw new Refusal("wrong_type", looksLikeSmil(head) ? SMIL : "it is of no type that is kept", { host });
    return found;
  };
  const add = async (part: Uint8Array) => {
    hash.update(part);
    size += part.length;
    await file.writeFile(part);
  };
  for await (const part of bytes) {
    if (type !== null) await add(part);
    else {
      head = Buffer.concat([head, part]);
      if (head.length < SNIFFED_BYTES) continue;
      type = judge();
      await add(head);
    }
  }
  if (type === null) {
    type = judge();
    await add(head);
  }
  return { type, size, sha256: hash.digest("hex") };
}

/** The refusal of a part that nobody misses. */
export const SMIL = "it says how the others are laid out";
