/** Which URLs a database may have, where a file lies, and what of a URL a log may show. */
import { expect, test } from "bun:test";
import { resolve } from "node:path";
import fc from "fast-check";
import { absoluteUrl, databasePath, databaseUrlFault, redactedUrl } from "../../src/database/url.ts";

test("files and libSQL servers are databases", () => {
  const files = [
    "file:inlet.db",
    "file:./a/b.db",
    "file:../b.db",
    "file:/var/lib/inlet.db",
    "file:///x.db",
    "file:ä b.db",
  ];
  const servers = [
    "libsql://h",
    "libsql://h.turso.io?tls=0",
    "https://h:8443/path",
    "http://127.0.0.1:8080",
    "http://[::1]:80",
  ];
  for (const url of [...files, ...servers]) expect(databaseUrlFault(url), url).toBeNull();
});

test("what is neither is refused with what it may be", () => {
  const others = [
    "",
    "inlet.db",
    "/var/inlet.db",
    "postgres://u:secret@h/d",
    "ws://h",
    "sqlite:x.db",
    "libsql:h",
    "FILE:x",
  ];
  for (const url of [
    ...others,
    "libsql://",
    "https://",
    "http://h:99999",
    "http://a b",
    " file:x.db",
    "libsql//h",
  ])
    expect(databaseUrlFault(url), url).toContain("file:PATH, libsql://HOST, https://HOST or http://HOST");
});

test("a file: URL must name a file", () => {
  for (const url of ["file:", "file:/", "file:///", "file:folder/", "file://localhost/"])
    expect(databaseUrlFault(url), url).toStartWith("it names no file");
});

test("a file: URL takes no parameters, and broken percent-encoding names nothing", () => {
  for (const url of ["file:a.db?mode=ro", "file:a.db#x", "file:?"])
    expect(databaseUrlFault(url)).toContain("no ? or #");
  for (const url of ["file:%", "file:a%zz.db", "file:%ff"])
    expect(databaseUrlFault(url)).toStartWith("it names no file");
});

test("a database in memory is refused, because it would lose what was acknowledged", () => {
  for (const url of ["file::memory:", "file:%3Amemory%3A", "file:/tmp/:memory:", "file:///:memory:"])
    expect(databaseUrlFault(url), url).toContain("would lose what was acknowledged");
});

test("a file lies where its URL says, without host and percent-encoding", () => {
  const paths = {
    "file:inlet.db": "inlet.db",
    "file:./a/b.db": "./a/b.db",
    "file:/var/lib/inlet.db": "/var/lib/inlet.db",
    "file:///var/lib/inlet.db": "/var/lib/inlet.db",
    "file://localhost/var/lib/inlet.db": "/var/lib/inlet.db",
    "file:my%20texts.db": "my texts.db",
    "file:100%25.db": "100%.db",
    "file:ä.db": "ä.db",
  };
  for (const [url, path] of Object.entries(paths)) expect(databasePath(url)).toBe(path);
});

test("any path, percent-encoded, is found again", () => {
  const path = fc.string({ unit: "binary", minLength: 1 }).map((text) => text.toWellFormed());
  fc.assert(
    fc.property(path, (path) => {
      expect(databasePath(`file:x${encodeURIComponent(path)}`)).toBe(`x${path}`);
    }),
  );
});

test("a remote database lies in no file", () => {
  for (const url of ["libsql://h/file:x", "https://h", "http://h", "", "inlet.db"])
    expect(databasePath(url)).toBeNull();
});

test("of a remote database a log shows the server and the path, and no credentials or parameters", () => {
  expect(redactedUrl("libsql://user:secret@h.turso.io?authToken=secret#secret")).toBe("libsql://h.turso.io");
  expect(redactedUrl("https://secret@h:8443/db/one?x=secret")).toBe("https://h:8443/db/one");
  expect(redactedUrl("http://127.0.0.1:8080/")).toBe("http://127.0.0.1:8080");
  expect(redactedUrl("file:/var/lib/inlet.db")).toBe("file:/var/lib/inlet.db");
});

test("whatever the credentials, they are not shown", () => {
  const secret = fc.stringMatching(/^[A-Z]{12,20}$/);
  fc.assert(
    fc.property(secret, secret, fc.webUrl({ validSchemes: ["http", "https"] }), (user, password, target) => {
      const url = new URL(target);
      url.username = user;
      url.password = password;
      url.searchParams.set("authToken", password);
      expect(databaseUrlFault(url.href)).toBeNull();
      for (const shown of [redactedUrl(url.href), redactedUrl(url.href.replace(/^https?/, "libsql"))]) {
        expect(shown).not.toContain(user);
        expect(shown).not.toContain(password);
        expect(shown).toContain(url.hostname);
      }
    }),
  );
});

test("a file: URL names no host, and no NUL reaches the system", () => {
  for (const url of ["file://inlet.db", "file://tmp/inlet.db"])
    expect(databaseUrlFault(url)).toContain("no host");
  for (const url of ["file:///tmp/inlet.db", "file://localhost/tmp/inlet.db"])
    expect(databaseUrlFault(url)).toBeNull();
  expect(databaseUrlFault("file:%00")).toStartWith("it names no file");
});

test("an absolute URL names the same file, whatever its name holds", () => {
  for (const name of ["inlet.db", "a b?#%25.db", "../x/ü%.db", "/data/in let.db", "100%2F.db"]) {
    const url = `file:${encodeURIComponent(name)}`;
    expect(databasePath(absoluteUrl(url))).toBe(resolve(name));
  }
  expect(absoluteUrl("libsql://host")).toBe("libsql://host");
});
