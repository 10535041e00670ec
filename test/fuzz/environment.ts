/** The environment: a configuration, or every fault of it by its name. */
import { describeVariables, readConfig } from "../../src/config/config.ts";
import { UsageError } from "../../src/errors.ts";
import { type Target, within } from "./target.ts";

const names = describeVariables().map(({ name }) => name);

export const environment: Target = {
  name: "the environment",
  corpus: [
    "DATABASE_URL=file:inlet.db\nPORT=0\nHOST=127.0.0.1",
    "DATABASE_URL=libsql://example.turso.io\nDATABASE_AUTH_TOKEN=x",
    "STREAM_HEARTBEAT_SECONDS=0.5\nSTREAM_MAX_SECONDS=300\nMAX_STREAMS=10",
    "CORS_ORIGINS=https://a.example,https://b.example\nTRUST_PROXY=10.0.0.0/8,::1",
    "PUBLIC_URL=https://sms.example.com/x\nRETENTION_DAYS=30\nLOG_LEVEL=debug",
    "TELNYX_PUBLIC_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nTELNYX_API_KEY=KEY0\nBACKFILL_MINUTES=1.5",
    ...names.map((name) => `${name}=1`),
  ],
  try: (input) => {
    const env: Record<string, string> = {};
    for (const line of input.split("\n")) {
      const [name = "", ...rest] = line.split("=");
      if (name !== "" && !name.includes("\0")) env[name] = rest.join("=").replaceAll("\0", "");
    }
    let fault: string | null = null;
    const read = () => {
      try {
        readConfig(env);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        const told = error.message.split("\n");
        const stray = told.find((line) => !names.some((name) => line.includes(name)));
        if (stray !== undefined) fault = `a fault names no variable: ${stray}`;
      }
    };
    return within(read, () => false) ?? fault;
  },
};
