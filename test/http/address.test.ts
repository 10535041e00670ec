/** Whose request it is: nobody passes for another address than the proxies that are believed say. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  clientAddress,
  limitedBy,
  maskedAddress,
  type Network,
  parseNetwork,
} from "../../src/http/address.ts";

function networks(...texts: string[]): Network[] {
  return texts.map((text) => {
    const network = parseNetwork(text);
    if (!network) throw new Error(`${text} is no network`);
    return network;
  });
}

const PROXIES = networks("127.0.0.1", "10.0.0.0/8", "fd00::/8");
const STRANGER = "203.0.113.9";

test("addresses and ranges are read in their usual forms and in no other", () => {
  for (const text of ["127.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "::1", "fd00::/8", "2001:db8::/128"])
    expect(parseNetwork(text), text).not.toBeNull();
  for (const text of [
    "",
    "1",
    "10.1",
    "0x7f.0.0.1",
    "010.0.0.1/8x",
    "10.0.0.0/33",
    "::/129",
    "h",
    "::1/",
    "/8",
  ])
    expect(parseNetwork(text), text).toBeNull();
});

test("a peer that is not a trusted proxy counts by its own address, whatever it says of itself", () => {
  expect(clientAddress(STRANGER, "127.0.0.1, 10.0.0.1", PROXIES)).toBe(STRANGER);
  expect(clientAddress("10.0.0.1", STRANGER, [])).toBe("10.0.0.1");
  expect(clientAddress("10.0.0.1", null, PROXIES)).toBe("10.0.0.1");
});

test("behind proxies it is the right-most entry that is none of them", () => {
  expect(clientAddress("127.0.0.1", STRANGER, PROXIES)).toBe(STRANGER);
  expect(clientAddress("127.0.0.1", `198.51.100.7, ${STRANGER}`, PROXIES)).toBe(STRANGER);
  expect(clientAddress("127.0.0.1", `198.51.100.7,${STRANGER} ,10.9.9.9`, PROXIES)).toBe(STRANGER);
  expect(clientAddress("fd12::1", "2001:DB8::0:1", PROXIES)).toBe("2001:db8::1");
});

test("all of them proxies: it is the left-most, a client of our own network", () => {
  expect(clientAddress("127.0.0.1", "10.0.0.7, 10.0.0.1", PROXIES)).toBe("10.0.0.7");
});

test("an entry that cannot be read ends the search at the proxy that wrote it", () => {
  expect(clientAddress("127.0.0.1", `${STRANGER}, unknown, 10.0.0.1`, PROXIES)).toBe("10.0.0.1");
  expect(clientAddress("127.0.0.1", `${STRANGER}, `, PROXIES)).toBe("127.0.0.1");
});

test("more proxies than anybody has end the search, and so does an entry longer than an address", () => {
  const hops = (count: number) => [STRANGER, ...Array<string>(count).fill("10.0.0.1")].join(", ");
  expect(clientAddress("127.0.0.1", hops(31), PROXIES)).toBe(STRANGER);
  expect(clientAddress("127.0.0.1", hops(5_000), PROXIES)).toBe("10.0.0.1");
  expect(clientAddress("127.0.0.1", `${STRANGER}, ${"::1:".repeat(3_000)}`, PROXIES)).toBe("127.0.0.1");
});

test("ports and brackets around an entry are put aside", () => {
  expect(clientAddress("127.0.0.1", `${STRANGER}:4711`, PROXIES)).toBe(STRANGER);
  expect(clientAddress("127.0.0.1", "[2001:db8::1]:4711", PROXIES)).toBe("2001:db8::1");
  expect(clientAddress("127.0.0.1", "[2001:db8::1]", PROXIES)).toBe("2001:db8::1");
});

test("an IPv4 address in IPv6's clothes is the IPv4 address", () => {
  expect(clientAddress("::ffff:127.0.0.1", STRANGER, PROXIES)).toBe(STRANGER);
  expect(limitedBy(clientAddress("::ffff:203.0.113.9", null, []))).toBe(STRANGER);
});

test("of IPv6 the /64 counts, of IPv4 the address", () => {
  expect(limitedBy("2001:db8:1:2:3:4:5:6")).toBe(limitedBy("2001:db8:1:2::1"));
  expect(limitedBy("2001:db8:1:2::1")).not.toBe(limitedBy("2001:db8:1:3::1"));
  expect(limitedBy("fe80::1%eth0")).toBe(limitedBy("fe80::2"));
  expect(limitedBy(STRANGER)).toBe(STRANGER);
  expect(limitedBy("")).toBe("");
});

const untrusted = fc.ipV4().filter((ip) => clientAddress(ip, "192.0.2.1", PROXIES) === ip);
const proxy = fc.constantFrom("127.0.0.1", "10.0.0.1", "10.255.255.255", "fd00::1", "fdff:1::");
const anything = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.string(),
  fc.constantFrom("unknown", "_hidden", "::ffff:0:0", "/8"),
);

test("whatever a client writes into the header, it is counted by the address that reached the first proxy", () => {
  fc.assert(
    fc.property(
      fc.array(anything, { maxLength: 5 }),
      untrusted,
      fc.array(proxy, { minLength: 1, maxLength: 4 }),
      (written, client, [last = "", ...others]) => {
        const header = [...written, client, ...others].join(", ");
        expect(clientAddress(last, header, PROXIES)).toBe(client);
      },
    ),
  );
});

test("no text makes it fail, and addresses of one /64 are one", () => {
  fc.assert(
    fc.property(anything, fc.string(), (peer, header) => {
      expect(typeof limitedBy(clientAddress(peer, header, PROXIES))).toBe("string");
    }),
  );
  const host = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(host, host, (a, b) => {
      const address = (part: number[]) => `2001:db8:7:8:${part.map((n) => n.toString(16)).join(":")}`;
      expect(limitedBy(address(a))).toBe(limitedBy(address(b)));
    }),
  );
});

test("what is shown of an address is its network", () => {
  expect(maskedAddress("203.0.113.77")).toBe("203.0.113.0/24");
  expect(maskedAddress("::ffff:203.0.113.77")).toBe("203.0.113.0/24");
  expect(maskedAddress("2001:db8:1:2:3::4")).toBe("2001:db8:1::/48");
  expect(maskedAddress("")).toBeNull();
});
