/**
 * The load, in a process of its own so that its work is not counted as the server's. Takes what to do as JSON,
 * prints a line of JSON with what it saw, its own CPU time included: below one core, it was not the bottleneck.
 */
import { closeStreams, openStreams, type StreamsTask } from "./streams.ts";
import { readRequests, sendInTurn, sendSteadily, type WebhooksTask } from "./webhooks.ts";

export type Task = StreamsTask | WebhooksTask;

const task = JSON.parse(process.argv[2] ?? "{}") as Task;
/** Since the last report. */
let usage = process.cpuUsage();

function report(seen: object): void {
  const { user, system } = process.cpuUsage(usage);
  usage = process.cpuUsage();
  process.stdout.write(`${JSON.stringify({ ...seen, cpuMs: (user + system) / 1000 })}\n`);
}

if (task.kind === "streams") {
  const streams = await openStreams(task);
  report({ opened: streams.opened, refused: streams.refused });
  for await (const line of console) {
    if (line === "count") report(streams.count());
    if (line === "beats") report(streams.beats());
    if (line === "abort") {
      closeStreams(streams);
      report({});
    }
  }
} else {
  const requests = readRequests(task);
  usage = process.cpuUsage();
  const { perSecond } = task;
  report(
    await (perSecond === undefined ? sendInTurn(task, requests) : sendSteadily(task, requests, perSecond)),
  );
}
