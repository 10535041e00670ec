/** `inlet dashboard`: what an operator imports into Grafana and Prometheus. */
import { type Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { alertRules } from "../operations/alerts.ts";
import { grafanaDashboard } from "../operations/dashboard.ts";
import { aWait } from "./arguments.ts";
import { addCommand, group } from "./command.ts";
import { print, printJson } from "./output.ts";

const JOB = ["--job <name>", "the job under which Prometheus scrapes it", aJob, "inlet"] as const;
const HOUR_MS = 3_600_000;

export function addDashboardCommands(program: Command): void {
  const dashboard = group(program, "dashboard", "what to import into Grafana and Prometheus");
  addCommand(dashboard, "grafana", "print a dashboard for Grafana, as JSON")
    .option(...JOB)
    .addHelpText(
      "after",
      `
Grafana imports it under Dashboards, New, Import, and asks for the data source.

Examples:
  inlet dashboard grafana >inlet.json
  inlet dashboard grafana --job sms >inlet.json`,
    )
    .action(({ job }) => print(JSON.stringify(grafanaDashboard(job), null, 2)));
  addCommand(dashboard, "alerts", "print rules for Prometheus, as YAML")
    .option(...JOB)
    .option("--silence <duration>", "without a webhook for so long somebody is told", aWait, HOUR_MS)
    .addHelpText(
      "after",
      `
Name the file in rule_files of prometheus.yml. promtool check rules reads it, too.

Examples:
  inlet dashboard alerts >/etc/prometheus/rules/inlet.yml
  inlet dashboard alerts --silence 15m --job sms`,
    )
    .action(({ job, silence, json }) => {
      const rules = alertRules({ job, silenceSeconds: silence / 1000 });
      if (json) printJson(rules);
      else print(Bun.YAML.stringify(rules, null, 2).trimEnd());
    });
}

function aJob(text: string): string {
  if (/^[A-Za-z0-9_.:/-]{1,100}$/.test(text)) return text;
  throw new InvalidArgumentError(
    `It holds ${JSON.stringify(text)}; it may be 1 to 100 letters, digits and _ . : / -.`,
  );
}
