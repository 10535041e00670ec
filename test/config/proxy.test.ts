/** Which requests go through a proxy: never those to this machine. */
import { expect, test } from "bun:test";
import { proxyFor, withDirectLoopback } from "../../src/config/proxy.ts";

const PROXY = { HTTP_PROXY: "http://user:word@proxy.local:3128", HTTPS_PROXY: "proxy.local:3129" };

test("a proxy is named by its variable, in small letters first, and without its password", () => {
  expect(proxyFor("http://sms.example.com/x", PROXY)).toBe("http://proxy.local:3128");
  expect(proxyFor("https://sms.example.com", PROXY)).toBe("http://proxy.local:3129");
  expect(proxyFor("libsql://db.turso.io", PROXY)).toBe("http://proxy.local:3129");
  expect(proxyFor("http://a", { ...PROXY, http_proxy: "http://other:1" })).toBe("http://other:1");
  expect(proxyFor("http://a", { ALL_PROXY: "http://all:1" })).toBe("http://all:1");
  expect(proxyFor("http://a", { HTTP_PROXY: " " })).toBeNull();
});

test("this machine is reached directly, and what NO_PROXY names", () => {
  const env = { ...PROXY, NO_PROXY: "example.org, .corp, 10.0.0.0/8,host:81" };
  for (const host of [
    "127.0.0.1:3000",
    "127.9.9.9",
    "localhost",
    "a.localhost",
    "[::1]:80",
    "example.org",
    "a.example.org",
    "b.corp",
    "10.1.2.3",
    "host:81",
  ])
    expect(proxyFor(`http://${host}`, env), host).toBeNull();
  for (const host of [
    "128.0.0.1",
    "localhost.example.com",
    "notlocalhost",
    "[::2]",
    "notexample.org",
    "11.1.2.3",
    "host",
  ])
    expect(proxyFor(`http://${host}`, env), host).not.toBeNull();
  expect(proxyFor("http://a", { ...PROXY, no_proxy: "*" })).toBeNull();
});

test("the runtime is told so where there is a proxy, beside what it was told already", () => {
  expect(withDirectLoopback({ NO_PROXY: "a" })).toEqual({});
  const direct = "b,a,localhost,.localhost,127.0.0.0/8,::1";
  expect(withDirectLoopback({ ...PROXY, NO_PROXY: "a,b", no_proxy: "b" })).toEqual({
    NO_PROXY: direct,
    no_proxy: direct,
  });
});
