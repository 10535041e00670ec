/** The published example as its reader runs it: under Node, with the EventSource that takes `headers`. */
import { ROOT } from "../../harness/binary.ts";
import { bareEnv } from "../../harness/cli.ts";
import type { Follow, Seen } from "./contract.ts";

const EXAMPLE = `
  const EventSource = require("eventsource2");
  const [url, key] = process.argv.slice(1);
  const es = new EventSource(url, { headers: { Authorization: "Bearer " + key } });
  for (const event of ["connected", "sms_received", "caught_up", "gap", "closing"]) {
    es.addEventListener(event, (e) => {
      console.log(JSON.stringify({ event, id: e.lastEventId, data: JSON.parse(e.data) }));
    });
  }
  es.onerror = () => {};
`;

export const eventsource2UnderNode: Follow = (url, key, see) => {
  const child = Bun.spawn(["node", "-e", EXAMPLE, url, key], {
    cwd: ROOT,
    env: bareEnv(),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const listen = async () => {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of child.stdout) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) see(JSON.parse(line) as Seen);
    }
  };
  void listen();
  return () => child.kill();
};
