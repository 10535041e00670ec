/** The snippets are run, by the programs that they are for: over the cut, from the given position, each message once. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Followed, LANGUAGES, type Language, snippet } from "../../../src/console/page/snippets.ts";
import { atTheEnd, emptyFolder } from "../../harness/cleanup.ts";
import { bareEnv } from "../../harness/cli.ts";
import { testWith } from "../../harness/programs.ts";
import { tenant, testService } from "../../harness/service.ts";
import { deliver, smsEvent } from "../../harness/telnyx.ts";
import { until } from "../../harness/until.ts";

interface Program {
  readonly file: string;
  readonly command: readonly string[];
  readonly debian: string;
}

const PROGRAMS: Record<Exclude<Language, "inlet tail">, Program> = {
  curl: { file: "follow.sh", command: ["sh", "follow.sh"], debian: "curl" },
  JavaScript: { file: "follow.mjs", command: ["node", "follow.mjs"], debian: "nodejs" },
  Python: { file: "follow.py", command: ["python3", "follow.py"], debian: "python3" },
  Go: { file: "main.go", command: ["go", "run", "main.go"], debian: "golang-go" },
};
const TIMEOUT_MS = 60_000;
const NUMBER = "+14155559999";

const followed: Followed = {
  base: "https://inlet.example",
  to: "+14155559999",
  cursor: "k3f9-1042",
  heartbeatMs: 30_000,
};

const PASTED = LANGUAGES.filter((language) => language !== "inlet tail");

for (const language of PASTED) {
  const { file, command, debian } = PROGRAMS[language];
  const program = language === "curl" ? "curl" : (command[0] ?? "");
  const name = `${language}: prints each message once, from the position on, over the cut`;
  const works = async () => {
    const isOnce = language === "curl"; // it ends with the stream, and says so
    const config = { maxStreamMs: isOnce ? 60_000 : 600, heartbeatMs: 100 };
    const service = await testService({ config, random: () => 0 });
    const { key, accountId } = await tenant(service, NUMBER);
    expect(accountId).toBeGreaterThan(0);
    const say = (text: string) => deliver(service.url, service.telnyx, smsEvent(NUMBER, text));
    await say("long ago");
    const { epoch, position } = await service.database.installation();
    const from: Followed = {
      base: service.url,
      to: NUMBER,
      cursor: `${epoch}-${position}`,
      heartbeatMs: 1_000,
    };
    await say("stored 1");
    const folder = emptyFolder();
    writeFileSync(join(folder, file), snippet(language, from));
    const env = { ...bareEnv({ INLET_KEY: key }), GOCACHE: join(folder, "cache"), GOFLAGS: "-mod=mod" };
    const child = Bun.spawn([...command], { cwd: folder, env, stdout: "pipe", stderr: "pipe" });
    atTheEnd(() => child.kill("SIGKILL"));
    let printed = "";
    void (async () => {
      for await (const chunk of child.stdout) printed += new TextDecoder().decode(chunk);
    })();
    let complaints = "";
    void (async () => {
      for await (const chunk of child.stderr) complaints += new TextDecoder().decode(chunk);
    })();
    await until(`the stored message (${complaints})`, () => printed.includes("stored 1"), TIMEOUT_MS);
    const opened = performance.now();
    let said = 1;
    await until("three streams' time", async () => {
      await say(`live ${said++} ¿🙏?`);
      return performance.now() - opened > 3 * 600;
    });
    await until("the last", () => printed.includes(`live ${said - 1} ¿🙏?`), TIMEOUT_MS);
    const texts = [...printed.matchAll(/(stored|live) \d+( ¿🙏\?)?|long ago/g)].map(([text]) => text);
    expect(texts).toEqual(["stored 1", ...Array.from({ length: said - 1 }, (_, i) => `live ${i + 1} ¿🙏?`)]);
    expect(child.exitCode).toBeNull();
    child.kill("SIGKILL");
  };
  testWith(program, debian)(name, works, TIMEOUT_MS);
}

test("the key is in none of them, and what stands between quotes cannot end them", () => {
  const tail = (to: string | null) => snippet("inlet tail", { ...followed, to });
  expect(tail("+14155559999")).toBe(`inlet tail --url "https://inlet.example" --to +14155559999\n`);
  expect(tail("$(id)")).toBe(tail(null));
  for (const language of PASTED) {
    expect(snippet(language, followed)).toContain(
      "https://inlet.example/api/v1/sms/stream?to=%2B14155559999",
    );
    expect(snippet(language, followed)).toContain("k3f9-1042");
    expect(snippet(language, followed)).toContain("INLET_KEY");
    expect(snippet(language, followed)).not.toMatch(/inlet_[0-9A-Za-z]{38}/);
    const hostile = snippet(language, { ...followed, to: `"'\`$(id)!\\`, cursor: `x"; rm -rf / #` });
    expect(hostile).toContain("?to=%22%27%60%24%28id%29%21%5C");
    expect(hostile).not.toContain("rm -rf");
  }
});
