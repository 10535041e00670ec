/** `curl -N`, as the published page shows it. It does not come back by itself: a loop around it does, with the last id. */
import { createParser } from "eventsource-parser";
import type { Follow } from "./contract.ts";

export const curl: Follow = (url, key, see) => {
  let lastEventId = "";
  let running: Bun.Subprocess | null = null;
  let closed = false;
  const follow = async () => {
    while (!closed) {
      const resume = lastEventId ? ["-H", `Last-Event-ID: ${lastEventId}`] : [];
      const child = Bun.spawn(["curl", "-sN", url, "-H", `Authorization: Bearer ${key}`, ...resume], {
        stdin: "ignore",
        stdout: "pipe",
        stderr: "inherit",
      });
      running = child;
      const parser = createParser({
        onEvent: ({ id, event = "message", data }) => {
          lastEventId = id ?? lastEventId;
          see({ event, id: lastEventId, data: JSON.parse(data) as Record<string, unknown> });
        },
      });
      const decoder = new TextDecoder();
      for await (const chunk of child.stdout) parser.feed(decoder.decode(chunk, { stream: true }));
      if ((await child.exited) !== 0) return;
    }
  };
  void follow();
  return () => {
    closed = true;
    running?.kill();
  };
};
