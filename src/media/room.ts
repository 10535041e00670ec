/** Everything of kept pictures, wired: what the service starts, wakes, stops, and shows. */
import { lookup } from "node:dns/promises";
import { resolve } from "node:path";
import type { Config } from "../config/config.ts";
import { localPath } from "../database/file/create.ts";
import type { Database } from "../database/open.ts";
import type { StoredMessage } from "../message.ts";
import { Fetcher } from "./fetcher.ts";
import { type FileName, PictureFiles } from "./files.ts";
import type { Times } from "./patience.ts";
import type { Ask } from "./request.ts";
import { noteMissing } from "./rows.ts";
import { Sweeper } from "./sweeper.ts";
import { type Resolve, Targets } from "./target.ts";
import { View } from "./view.ts";

/** For tests: how names are resolved, hosts are asked, and how patiently. */
export interface MediaOptions {
  readonly resolve?: Resolve;
  readonly ask?: Ask;
  readonly times?: Times;
  readonly hasRoom?: () => Promise<boolean>;
}

export interface MediaRoom {
  readonly view: View;
  /** Null while pictures are not kept. */
  readonly files: PictureFiles | null;
  readonly fetcher: Fetcher | null;
  readonly background: readonly { readonly start: () => void; readonly stop: () => void }[];
  /** Wakes the fetcher where one of these has a picture. */
  readonly committed: (inserted: readonly StoredMessage[]) => void;
  /** Of one whose file is missing: it is fetched again. */
  readonly onMissing: (picture: FileName) => Promise<void>;
  /** Makes the folder. Throws `CommandError` when it cannot be written. */
  readonly open: () => Promise<void>;
}

export function openMedia(config: Config, database: Database, options: MediaOptions = {}): MediaRoom {
  const { media, publicUrl, telnyxApi } = config;
  const view = new View({ keeps: media.keeps, publicUrl });
  const path = localPath(config.database.url);
  const folder = media.folder ?? (path === null ? null : `${path}.media`);
  const none: MediaRoom = {
    view,
    files: null,
    fetcher: null,
    background: [],
    committed: () => undefined,
    onMissing: async () => undefined,
    open: async () => undefined,
  };
  if (folder === null) return none;
  const files = new PictureFiles(resolve(folder), options.hasRoom);
  // What was kept before goes with its message also when nothing is kept any more.
  const sweeper = new Sweeper(database, files);
  if (!media.keeps) return { ...none, background: [sweeper] };
  const fetcher = new Fetcher({
    database,
    isRemote: path === null,
    files,
    request: {
      targets: new Targets(media.ownOrigin, media.hosts, options.resolve ?? addressesOf),
      apiKey: telnyxApi?.apiKey ?? null,
      maxBytes: media.maxBytes,
      ask: options.ask ?? fetch,
    },
    ...(options.times ? { times: options.times } : {}),
  });
  return {
    view,
    files,
    fetcher,
    background: [sweeper, fetcher],
    committed: (inserted) => {
      if (inserted.some(({ message }) => message.media)) fetcher.wake();
    },
    onMissing: async (picture) => {
      await noteMissing(database, picture);
      fetcher.wake();
    },
    open: () => files.open(),
  };
}

/** The system's own, IPv4 first: not every machine that has names for IPv6 has a way there. */
async function addressesOf(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true, order: "ipv4first" });
  return found.map(({ address }) => address);
}
