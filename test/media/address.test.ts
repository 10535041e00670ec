/** Which addresses are public, by a table and by what holds for any address. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { isPublicAddress } from "../../src/media/address.ts";

const PUBLIC = [
  "8.8.8.8",
  "1.1.1.1",
  "172.15.0.1",
  "172.32.0.1",
  "100.63.255.255",
  "2606:4700::1111",
  "::ffff:8.8.8.8",
];

const NOT_PUBLIC = [
  "0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255",
  "192.0.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
  "::", "::1", "::7f00:1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:0:7f00:1", "64:ff9b::7f00:1", "64:ff9b:1::1",
  "2001:0:7f00:1::", "2001:db8::1", "2002:7f00:1::", "fc00::1", "fd00::1", "fe80::1", "fe80::1%eth0", "2606:4700::1%1", "fec0::1",
  "ff02::1", "100::1", "", "localhost", "8.8.8", "0x8.8.8.8", "134744072", "08.8.8.8", "8.8.8.8.", " 8.8.8.8", "[2606:4700::1]",
  "x".repeat(100_000), ":".repeat(100_000),
]; // biome-ignore format: a list

test.each(PUBLIC)("%s is public", (address) => expect(isPublicAddress(address)).toBe(true));
test.each(NOT_PUBLIC)("%s is not", (address) => expect(isPublicAddress(address)).toBe(false));

test("an IPv4 address of a private network is public in no dress of IPv6", () => {
  const octet = fc.integer({ min: 0, max: 255 });
  const networks = fc.constantFrom<[number, number]>([10, 8], [127, 8]);
  fc.assert(
    fc.property(networks, octet, octet, octet, ([first], b, c, d) => {
      const high = ((first << 8) | b).toString(16);
      const low = ((c << 8) | d).toString(16);
      const dotted = `${first}.${b}.${c}.${d}`;
      for (const dress of [dotted, `::${dotted}`, `::ffff:${dotted}`, `::${high}:${low}`, `::ffff:${high}:${low}`,
        `::ffff:0:${high}:${low}`, `64:ff9b::${high}:${low}`, `2002:${high}:${low}::1`]) // biome-ignore format: a list
        expect(isPublicAddress(dress), dress).toBe(false);
    }),
  );
});

test("no text makes it throw", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."0123456789abcdefx.:%/[] ") }), (text) => {
      expect(typeof isPublicAddress(text)).toBe("boolean");
    }),
  );
});
