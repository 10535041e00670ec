/** Search in every script: what people write is found by what they would type of it, in the store and in memory. */
import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import fc from "fast-check";
import { openDatabase } from "../../src/database/open.ts";
import { readHistory } from "../../src/messages/history.ts";
import { Slices } from "../../src/platform/slices.ts";
import { Indexer } from "../../src/search/indexer.ts";
import { parseSearch } from "../../src/search/query.ts";
import { SearchedText } from "../../src/search/searchedtext.ts";
import { emptyFolder } from "../harness/cleanup.ts";
import { fill } from "../messages/fill.ts";

const database = await openDatabase({ url: `file:${join(emptyFolder(), "inlet.db")}`, authToken: null });
afterAll(database.close);

/** The bodies that `q` finds, oldest first, once it is seen that memory and store agree. */
async function find(q: string, bodies: readonly string[]): Promise<string[]> {
  const search = parseSearch(q);
  if (!search) throw new Error(`${JSON.stringify(q)} is no search`);
  const deps = {
    readInBackground: database.readInBackground,
    indexer: new Indexer(database, () => 0),
    share: new Slices().of(0),
  };
  const filter = { accounts: [1], to: null, from: null, search };
  const page = await readHistory(deps, { filter, order: "asc", after: 0, before: 1e9, limit: 200 });
  const found = page.messages.map(({ message }) => message.body);
  const inMemory = bodies.filter((body) => new SearchedText({ body }).isFoundBy(search));
  expect(found, JSON.stringify(q)).toEqual(inMemory);
  return found;
}

const FOUND: readonly (readonly [text: string, ...questions: string[]])[] = [
  ["今天下午三点开会", "开会", "会", "今天", "下午三点", "开会*", "今", "三点 开会"],
  ["明日の会議は東京駅です", "東京", "会議", "駅", "東京駅です", "明日の"],
  ["コードは４５６７です", "4567", "コード", "ｺｰﾄﾞ"],
  ["พรุ่งนี้ประชุมที่กรุงเทพ", "กรุงเทพ", "ประชุม", "พรุ่งนี้"],
  ["ຍິນດີຕ້ອນຮັບ", "ຕ້ອນຮັບ"],
  ["ភាសាខ្មែរ", "ខ្មែរ", "ភាសា"],
  ["မြန်မာဘာသာ", "မြန်မာ", "ဘာသာ"],
  ["您的验证码555123，请勿泄露", "555123", "验证码", "验证码555123", "555*"],
  ["인증번호는 123456입니다", "123456", "인증번호", "인증*", "입니다"],
  ["서울에서 만나요", "서울", "서울에서"],
  ["Đà Nẵng", "da nang", "ĐÀ NẴNG", "da-nang"],
  ["Łódź", "lodz", "łódź"],
  ["Smørrebrød på Ærø", "smorrebrod", "aero", "pa"],
  ["Straße, þing, Ħal Għaxaq", "strasse", "thing", "hal ghaxaq"],
  ["Kapı Iğdır", "kapi igdir", "KAPI"],
  ["ok 👍🏽", "👍", "👍🏿", "ok 👍"],
  ["👩‍💻 da", "👩‍💻", "💻", "👩🏽‍💻"],
  ["❤️", "❤", "❤️"],
  ["🇩🇪🇫🇷", "🇩🇪", "🇫🇷"],
  ["الرمز ٤٧١١ هو", "4711", "الرمز", "٤٧١١"],
  ["مُحَمَّد أحمد", "محمد", "احمد"],
  ["می‌خواهم", "میخواهم"],
  ["שָׁלוֹם עולם", "שלום", "עולם"],
  ["नमस्ते दुनिया", "नमस्ते", "दुनिया", "नमस्*"],
  ["co\u00ADoperate", "cooperate"],
  ["Привет, Ёлка", "привет", "елка"],
];

test("each of these finds its text, and none of the others' that it is not in", async () => {
  const bodies = FOUND.map(([body]) => body);
  await fill(
    database,
    bodies.map((body) => ({ body })),
  );
  for (const [body, ...questions] of FOUND)
    for (const q of questions) expect(await find(q, bodies), q).toContain(body);
});

test("what stands in another order, or apart, is not found", async () => {
  const bodies = ["开工会议", "会开", "東大京都", "ทพ กรุง", "กรุงเ ทพ", "555 123", "🇪🇩"];
  await fill(
    database,
    bodies.map((body) => ({ body })),
  );
  for (const q of ["开会", "東京", "กรุงเทพ", "555123", "🇩🇪"]) expect(await find(q, bodies), q).toEqual([]);
});

const SPACED = ["Ab", "é", "łódź", "12", "٤", "नमस्ते", "علم", "שלום", "don"];
const OTHERS = [
  ..."开会東京のーア한국กเ",
  "กิ",
  "ที่",
  "ខ្មែ",
  "မြ",
  "န်",
  "👍🏽",
  "👩‍💻",
  "❤️",
  "🇩🇪",
  " ",
  " ",
  "-",
  "，",
  "!",
];
const atoms = fc.array(fc.oneof(fc.constantFrom(...SPACED), fc.constantFrom(...OTHERS)), {
  minLength: 1,
  maxLength: 14,
});
const mayBeCut = (before?: string, behind?: string) =>
  !(SPACED.includes(before ?? "") && SPACED.includes(behind ?? ""));

test("any part of a text that begins and ends between two words finds it, in the store and in memory", async () => {
  const property = fc.asyncProperty(fc.array(atoms, { minLength: 1, maxLength: 8 }), async (texts) => {
    const bodies = texts.map((text) => text.join(""));
    await fill(
      database,
      bodies.map((body) => ({ body })),
    );
    for (const text of texts) {
      const cuts = [...text.keys(), text.length].filter((at) => mayBeCut(text[at - 1], text[at]));
      for (const [i, from] of cuts.entries()) {
        const to = cuts[i + 1 + ((i * 7) % 5)] ?? text.length;
        const q = text.slice(from, to).join("");
        if (parseSearch(q)) expect(await find(q, bodies), JSON.stringify([text, q])).toContain(text.join(""));
      }
    }
  });
  await fc.assert(property, { numRuns: 60 });
}, 60_000);
