/** Reads `GET /metrics`. */
import { expect } from "bun:test";

export const METRICS_TOKEN = "a-token-for-prometheus";

export async function metricsText(url: string, token = METRICS_TOKEN): Promise<string> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  expect(response.status).toBe(200);
  return response.text();
}

/** Sample → value, as `name{label="x"}` has it. */
export async function metrics(url: string): Promise<Readonly<Record<string, number>>> {
  const lines = (await metricsText(url)).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}
