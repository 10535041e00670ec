/** `bun test/manual/pictures.ts`: makes the README's pictures of the console anew, in light and dark. */
import { join } from "node:path";
import { readConfig } from "../../src/config/config.ts";
import { createAccount } from "../../src/directory/accounts.ts";
import { addNumber } from "../../src/directory/numbers.ts";
import { SCOPES } from "../../src/keys/key.ts";
import { createKey } from "../../src/keys/store.ts";
import { startService } from "../../src/service.ts";
import { makeDevelopmentKey, publicHalf } from "../../src/telnyx/developmentkey.ts";
import { simulate } from "../../src/telnyx/simulate.ts";
import { ROOT } from "../harness/binary.ts";
import { closeBrowser, newPage } from "../harness/browser.ts";
import { emptyFolder } from "../harness/cleanup.ts";

const FOLDER = join(ROOT, "src/manual/pictures");
const VIEW = { width: 1080, height: 560 };
const MINUTE_MS = 60_000;
const [SUPPORT, ORDERS, NIGHTS] = ["+14155559999", "+14155550142", "+442071838750"] as const;

/** Minutes ago, from, to, text. */
const TEXTS = [
  [190, "+13125550148", ORDERS, "Can I still change the address of order 20418?"],
  [95, "+442079460018", NIGHTS, "Alarm on pump 3 is off again, all fine."],
  [48, "+14155550123", SUPPORT, "Is somebody at the desk until six today?"],
  [31, "72345", SUPPORT, "Your verification code is 482913"],
  [12, "+14155551234", ORDERS, "¿Me pueden llamar mañana por la mañana?"],
  [4, "+13125550001", SUPPORT, "Running ten minutes late, sorry"],
  [0, "+14155551234", ORDERS, "Thanks, got it! The parcel is here."],
] as const;

const url = `file:${join(emptyFolder(), "inlet.db")}`;
const key = makeDevelopmentKey(url);
const config = { ...readConfig({ PORT: "0" }), database: { url, authToken: null } };
const service = await startService(config, { developmentKey: publicHalf(key) });
const { id } = await createAccount(service.database, "team", "Corner Store", Date.now());
for (const [number, label] of [
  [SUPPORT, "Support"],
  [ORDERS, "Orders"],
  [NIGHTS, "Night shift"],
] as const)
  await addNumber(service.database, number, id, label, Date.now());
const wanted = { accountId: id, scopes: SCOPES, name: "console", lifetimeMs: null };
const { key: apiKey } = await createKey(service.database, wanted, Date.now());
for (const [ago, from, to, text] of TEXTS) {
  const at = new Date(Date.now() - ago * MINUTE_MS).toISOString();
  await simulate(service.url, key, { from, to, text }, Date.now(), true);
  await service.database.write([
    {
      sql: "UPDATE messages SET received_at = ? WHERE seq = (SELECT max(seq) FROM messages)",
      args: [Date.parse(at)],
    },
  ]);
}
for (const colorScheme of ["light", "dark"] as const) {
  const page = await newPage({ viewport: VIEW, colorScheme, deviceScaleFactor: 1.5 });
  await page.goto(`${service.url}/#key=${apiKey}`);
  await page.getByText("Thanks, got it!").waitFor();
  await page.getByText("Live", { exact: true }).first().waitFor();
  const png = await page.screenshot({ animations: "disabled" });
  await Bun.write(join(FOLDER, `console-${colorScheme}.webp`), await webp(png));
}
/** A third of the PNG, made by the browser itself. */
async function webp(png: Buffer): Promise<Buffer> {
  const page = await newPage();
  const data = (await page.evaluate(`(async () => {
    const image = new Image();
    image.src = "data:image/png;base64,${png.toString("base64")}";
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    canvas.getContext("2d").drawImage(image, 0, 0);
    return canvas.toDataURL("image/webp", 0.85);
  })()`)) as string;
  return Buffer.from(data.replace(/^.*,/, ""), "base64");
}

await closeBrowser();
await service.close();
process.exit(0);
