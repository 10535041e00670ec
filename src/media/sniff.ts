/** What a file is, told by its first bytes alone: what its sender calls it decides nothing. */

/** As many as any of these needs. */
export const SNIFFED_BYTES = 64;

/** Which may be shown in place; others are downloaded. */
export function isShown(type: string): boolean {
  return /^(image|audio|video)\//.test(type);
}

type Test = (bytes: Uint8Array) => boolean;

const at =
  (offset: number, ...wanted: readonly (string | readonly number[])[]): Test =>
  (bytes) =>
    wanted.some((each) => {
      const expected = typeof each === "string" ? Buffer.from(each, "latin1") : each;
      return expected.every((byte, i) => bytes[offset + i] === byte);
    });

const both =
  (...tests: readonly Test[]): Test =>
  (bytes) =>
    tests.every((test) => test(bytes));

/** A text that begins so, in any case, behind a byte order mark or not. */
const line =
  (wanted: string): Test =>
  (bytes) =>
    Buffer.from(bytes.subarray(0, SNIFFED_BYTES))
      .toString("utf8")
      .replace(/^\uFEFF/, "")
      .toUpperCase()
      .startsWith(wanted);

/** The brand of an ISO base media file (ISO/IEC 14496-12, section 4.3). */
const brand = (...brands: readonly string[]) => both(at(4, "ftyp"), at(8, ...brands));

/** Those that Telnyx's pages name, and what telephones send besides. HTML, SVG and XML are none of them. */
const TYPES: readonly (readonly [type: string, is: Test])[] = [
  ["image/jpeg", at(0, [0xff, 0xd8, 0xff])],
  ["image/png", at(0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
  ["image/gif", at(0, "GIF87a", "GIF89a")],
  ["image/webp", both(at(0, "RIFF"), at(8, "WEBP"))],
  ["image/bmp", both(at(0, "BM"), at(6, [0, 0, 0, 0]))],
  ["image/heic", brand("heic", "heix", "mif1")],
  ["video/3gpp", brand("3gp")],
  ["video/3gpp2", brand("3g2")],
  ["audio/mp4", brand("M4A ", "M4B ")],
  ["video/quicktime", brand("qt  ")],
  ["video/mp4", brand("isom", "iso2", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "M4V ", "MSNV", "dash")],
  ["video/mpeg", at(0, [0, 0, 1, 0xba], [0, 0, 1, 0xb3])],
  ["audio/ogg", at(0, "OggS")],
  ["audio/amr", at(0, "#!AMR\n", "#!AMR-WB\n")],
  ["audio/wav", both(at(0, "RIFF"), at(8, "WAVE"))],
  ["audio/aac", at(0, [0xff, 0xf1], [0xff, 0xf9])],
  ["audio/mpeg", at(0, "ID3", [0xff, 0xfb], [0xff, 0xfa], [0xff, 0xf3], [0xff, 0xf2])],
  ["application/pdf", at(0, "%PDF-")],
  ["text/vcard", line("BEGIN:VCARD")],
  ["text/calendar", line("BEGIN:VCALENDAR")],
]; // biome-ignore format: a list

/** Each that a kept file may have. */
export const KEPT_TYPES: readonly string[] = TYPES.map(([type]) => type);

/** Null for what is not kept. Costs some dozens of comparisons. */
export function sniffType(bytes: Uint8Array): string | null {
  return TYPES.find(([, is]) => is(bytes))?.[0] ?? null;
}

/** The part of an MMS that says how the others are laid out, under whatever name. */
export function looksLikeSmil(bytes: Uint8Array): boolean {
  return /^\s*(<\?xml[^>]*>\s*)?(<!doctype\s+smil\b|<smil\b)/i.test(Buffer.from(bytes).toString("latin1"));
}
