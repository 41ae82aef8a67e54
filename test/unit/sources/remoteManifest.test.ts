/** Addresses, manifests, windows, sentences and the lock: what a mirror is made of, without a server. */
import { root } from "../../host/paths";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { remoteFailure } from "../../../src/git/gitErrors";
import { takeFolderLock } from "../../../src/sources/folderLock";
import { monthsBefore, windowSteps } from "../../../src/sources/mirror";
import { downloadManifest, epochsInManifest, parseRemote, remoteFolder } from "../../../src/sources/remoteEpochs";

const now = Date.UTC(2026, 0, 1) / 1000;
const fingerprint = "7f70d49a91e3a68bc2db9929e51fc31044706f3d";

suite("the address of a remote archive", () => {
  test("is told from a path", () => {
    for (const url of ["https://lore.kernel.org/kvm/", "http://127.0.0.1:8080/kvm", "HTTPS://lore.kernel.org/kvm"])
      assert.match(parseRemote(url).given, /^https?:/, url);
    for (const path of ["/srv/kvm", "kvm.git", "C:\\kvm", "ssh://host/kvm", "file:///srv/kvm", "git@host:kvm"])
      assert.throws(() => parseRemote(path), /is not the address of an archive/, path);
  });

  test("leads to one folder, however it is written", () => {
    const folder = remoteFolder("/s", "https://lore.kernel.org/kvm/");
    assert.equal(folder, join("/s", "lore.kernel.org", "kvm"));
    for (const same of [
      "https://lore.kernel.org/kvm",
      "https://LORE.kernel.org:443//kvm//?x=1#top",
      "https://lore.kernel.org/kvm/0",
      "https://lore.kernel.org/kvm/git/12.git/",
    ]) {
      assert.equal(remoteFolder("/s", same), folder, same);
    }
    assert.equal(parseRemote("https://lore.kernel.org/kvm/git/12.git/").epoch, 12);
    assert.equal(parseRemote("https://lore.kernel.org/kvm/7").epoch, 7);
    assert.equal(parseRemote("https://lore.kernel.org/kvm.git").epoch, null);
  });

  test("never leads out of the storage, nor two servers to one folder", () => {
    for (const url of [
      "https://h.example.org/../../etc",
      "https://h.example.org/%2e%2e/%2E%2E/etc",
      "https://h.example.org/..%2f..%2fetc",
      "https://h.example.org/a\\..\\..\\b",
      "https://h.example.org/a%00b/c:d*?",
      "https://h.example.org/.git/hooks",
    ]) {
      const folder = remoteFolder("/s", url);
      assert(folder.startsWith(join("/s", "h.example.org")), folder);
      assert.doesNotMatch(folder, /\.\.(?:\/|$)|\/\.|[\0:*?\\]/);
    }
    const folders = ["https://h/l", "http://h/l", "http://h:8080/l", "https://h:8080/m", "https://h/L", "http://[::1]/l"];
    assert.equal(new Set(folders.map((url) => remoteFolder("/s", url))).size, folders.length);
  });

  test("that is none is refused in one sentence", () => {
    for (const url of ["https://", "ftp://h/l", "kvm", "https://me:secret@h/l", `https://h/${"l".repeat(300)}`]) {
      assert.throws(() => remoteFolder("/s", url), /^HumanError: [^\n]*\.$/, url);
    }
    assert.throws(
      () => parseRemote("https://me:secret@h/l"),
      (error: Error) => !error.message.includes("secret"),
    );
  });
});

suite("a manifest", () => {
  const read = (manifest: unknown, path = "/kvm", exact = false): string =>
    epochsInManifest(typeof manifest === "string" ? manifest : JSON.stringify(manifest), path, { exact, now })
      .map((epoch) => `${epoch.number} ${epoch.fingerprint?.slice(0, 4) ?? "-"} ${epoch.modified ?? "-"}`)
      .join(", ");
  const entry = { fingerprint, modified: 1_600_000_000, owner: null, reference: null };

  test("lists the epochs of its archive, newest first", () => {
    assert.equal(
      read({ "/kvm/git/0.git": entry, "/kvm/git/10.git": entry, "/kvm/git/2.git": {} }),
      "10 7f70 1600000000, 2 - -, 0 7f70 1600000000",
    );
    assert.equal(read({ "/kvm/git/0.git": entry }, "/lists/kvm"), "0 7f70 1600000000", "behind a proxy");
    assert.equal(read({ "/a%20b/git/0.git": entry }, "/a%20b"), "0 7f70 1600000000");
  });

  test("is not believed in what it says of other archives and odd names", () => {
    for (const key of [
      "/other/git/0.git",
      "/mykvm/git/0.git",
      "/kvm/git/../../x/git/0.git",
      "/kvm/git/-1.git",
      "/kvm/git/01.git",
      "/kvm/git/1e3.git",
      "/kvm/git/9999999999.git",
      "/kvm/git/0.git/hooks",
      "/kvm/git/0.git\n",
      "kvm/git/0.git",
      "--upload-pack=x/git/0.git",
      "/kvm",
      "",
    ]) {
      assert.equal(read({ [key]: entry }), "", key);
    }
    assert.equal(read({ "/kvm/git/0.git": entry }, "/lists/kvm", true), "", "of a whole server");
  });

  test("is not believed in odd values", () => {
    for (const modified of [null, "1600000000", -1, 0, 1e300, 1.5, now + 90_000_000, {}, [], true]) {
      assert.equal(read({ "/kvm/git/0.git": { fingerprint, modified } }), "0 7f70 -", JSON.stringify(modified));
    }
    for (const odd of [null, 7, "x", "-".repeat(40), fingerprint.toUpperCase(), { a: 1 }]) {
      assert.equal(read({ "/kvm/git/0.git": { ...entry, fingerprint: odd } }), "0 - 1600000000", JSON.stringify(odd));
    }
    for (const value of [null, 1, "x", []]) assert.equal(read({ "/kvm/git/0.git": value }), "0 - -");
    for (const text of ["", "<html>", "[]", "null", "7", '{"/kvm/git/0.git"', "[".repeat(100_000)]) assert.equal(read(text), "");
  });

  test("of a thousand and more epochs gives the newest", () => {
    const many = Object.fromEntries(Array.from({ length: 3000 }, (_, number) => [`/kvm/git/${number}.git`, entry]));
    const epochs = epochsInManifest(JSON.stringify(many), "/kvm", { exact: false, now });
    assert.deepEqual([epochs.length, epochs[0]?.number], [1000, 2999]);
  });

  suite("from a server", () => {
    const good = JSON.stringify({ "/kvm/git/0.git": entry });
    const answers: Record<string, { status?: number; headers?: Record<string, string>; body: Buffer }> = {
      "/good": { body: gzipSync(good) },
      "/plain": { body: Buffer.from(good) },
      "/encoded": { headers: { "content-encoding": "gzip" }, body: gzipSync(good) },
      "/absent": { status: 404, body: Buffer.from("Not Found") },
      "/failing": { status: 503, body: Buffer.from("busy") },
      "/bomb": { body: gzipSync(Buffer.alloc(100 * 1024 * 1024)) },
      "/encodedBomb": { headers: { "content-encoding": "gzip" }, body: gzipSync(Buffer.alloc(100 * 1024 * 1024)) },
      "/large": { body: Buffer.alloc(20 * 1024 * 1024, "x") },
      "/cut": { body: gzipSync(good).subarray(0, 60) },
      "/noise": { body: Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(200, 7)]) },
    };
    const server = createServer((request, response) => {
      if (request.url === "/hang") return;
      if (request.url === "/closed") {
        response.destroy();
        return;
      }
      const { status = 200, headers = {}, body } = answers[request.url ?? ""] ?? { body: Buffer.alloc(0) };
      response.writeHead(status, { "content-type": "application/gzip", ...headers }).end(body);
    });
    let url = "";

    suiteSetup(async () => {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    suiteTeardown(() => {
      server.closeAllConnections();
      server.close();
    });

    const get = (path: string): Promise<string | null> => downloadManifest(url + path, { seconds: 30 });

    test("is unpacked, within limits", async () => {
      for (const path of ["/good", "/plain", "/encoded"]) assert.equal(await get(path), good, path);
      for (const path of ["/absent", "/failing", "/bomb", "/encodedBomb", "/large", "/cut", "/noise"])
        assert.equal(await get(path), "", path);
      assert.equal(await get("/closed"), null);
    });

    test("that does not come is not waited for", async () => {
      await assert.rejects(
        downloadManifest(`${url}/hang`, { seconds: 0.2 }),
        /^HumanError: The server 127\.0\.0\.1:\d+ does not answer; try again later\.$/,
      );
      const stop = new AbortController();
      const waiting = downloadManifest(`${url}/hang`, { seconds: 60, signal: stop.signal });
      stop.abort();
      await assert.rejects(waiting, /abort/i);
    });
  });
});

suite("the window of a mirror", () => {
  const day = (text: string): number => Date.parse(`${text}T12:00:00Z`) / 1000;
  const text = (seconds: number | null): string => (seconds === null ? "all" : new Date(seconds * 1000).toISOString().slice(0, 10));

  test("is counted in months", () => {
    assert.equal(text(monthsBefore(day("2026-07-15"), 6)), "2026-01-15");
    assert.equal(text(monthsBefore(day("2026-03-31"), 1)), "2026-02-28");
    assert.equal(text(monthsBefore(day("2024-03-31"), 1)), "2024-02-29");
    assert.equal(text(monthsBefore(day("2026-01-31"), 14)), "2024-11-30");
    for (const months of [null, 10_000, Infinity, NaN]) assert.equal(monthsBefore(day("2026-07-15"), months), null);
  });

  test("is fetched in steps, of which none takes away what is there", () => {
    const newest = day("2026-07-15");
    const steps = (reached: string | null | undefined, months: number | null, modified: string | null = null): string =>
      windowSteps({
        newest,
        modified: modified === null ? null : day(modified),
        reached: typeof reached === "string" ? day(reached) : reached,
        wanted: monthsBefore(newest, months),
      })
        .map(text)
        .join(" ");
    assert.equal(steps(undefined, 6), "2026-06-15 2026-01-15");
    assert.equal(steps(undefined, 1), "2026-06-15");
    assert.equal(steps(undefined, null), "2026-06-15 2026-01-15 2024-07-15 all");
    assert.equal(steps("2026-01-15", 12), "2025-07-15");
    assert.equal(steps("2026-01-15", null), "2024-07-15 all");
    assert.equal(steps(undefined, 6, "2026-03-01"), "2026-01-15", "no step where the epoch has no mail");
  });
});

suite("what a server does wrong", () => {
  const url = "https://lists.example.org/kvm/0";
  const said: ReadonlyArray<readonly [said: string, sentence: RegExp, goOn: boolean]> = [
    ["fatal: unable to access 'https://x/': Could not resolve host: x", /could not be found/, false],
    ["fatal: unable to access 'https://x/': Failed to connect to x port 443: Connection refused", /could not be reached/, false],
    ["fatal: unable to access 'https://x/': Operation too slow. Less than 1 bytes/sec transferred", /stopped answering/, false],
    ["remote: Not Found\nfatal: repository 'https://x/' not found", /no archive at https:\/\/lists\.example\.org\/kvm\/0/, true],
    ["fatal: https://x/info/refs not valid: is this a git repository?", /a web page, not an archive/, true],
    ["fatal: protocol error: bad line length character: <htm", /a web page, not an archive/, true],
    ["fatal: unable to access 'https://x/': The requested URL returned error: 503", /error 503/, false],
    ["fatal: unable to access 'https://x/': The requested URL returned error: 403", /is not publicly accessible/, true],
    ["fatal: could not read Username for 'https://x': terminal prompts disabled", /is not publicly accessible/, true],
    ["error: RPC failed; curl 18 transfer closed with outstanding read data remaining\nfatal: early EOF", /was interrupted/, false],
    [
      "error: 2051 bytes of body are still expected\nfetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF",
      /was interrupted/,
      false,
    ],
    ["fatal: unable to access 'https://x/': server certificate verification failed. CAfile: none CRLfile: none", /not trusted/, false],
    ["fatal: unable to access 'https://x/': SSL certificate problem: self-signed certificate", /not trusted \(unable to access/, false],
    ["fatal: write error: No space left on device\nfatal: index-pack failed", /disk is full/, false],
    ["error: file write error: Disk quota exceeded", /disk is full/, false],
    ["EACCES: permission denied, mkdir '/x'", /could not be written/, false],
    ["Error: spawn git ENOENT", /Git was not found/, false],
    ["error: unknown option `shallow-since=x'\nusage: git fetch", /too old/, false],
    ["fatal: transport 'file' not allowed", /redirects to an address that is not followed/, false],
    [
      "fatal: pack has bad object at offset 12: inflate returned -3\nfatal: index-pack failed",
      /sent is damaged \(pack has bad object/,
      true,
    ],
    ["remote: fatal: evil\u001b[2J text\nfatal: something \u001b[31mnew\u202e", /\(something {1,2}\[31mnew\); try/, true],
  ];
  for (const [text, sentence, goOn] of said) {
    test(JSON.stringify(text.split("\n")[0]).slice(0, 90), () => {
      const failure = remoteFailure(new Error(text), url);
      assert.match(failure.message, sentence);
      assert.match(failure.message, /^[A-Z][^\n]*[.]$/);
      assert.equal(failure.goOn, goOn);
      assert.doesNotMatch(failure.message, /[\p{Cc}\p{Cf}]/u);
    });
  }
});

suite("the lock of a mirror", () => {
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-lock-"));
  const file = join(folder, "mirror.lock");
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  const hold = `require(process.argv[1]).takeFolderLock(process.argv[2]); console.log("held"); setInterval(() => undefined, 1000);`;

  test("has one holder, and is free after it", () => {
    const lock = takeFolderLock(file);
    assert(lock);
    assert.equal(takeFolderLock(file), null);
    lock.release();
    const next = takeFolderLock(file);
    assert(next);
    lock.release();
    assert.equal(takeFolderLock(file), null, "one that is released twice takes away nothing of another");
    next.release();
    assert.deepEqual(readdirSync(folder), []);
  });

  test("of another process holds until that one is killed", async () => {
    const module = join(root, "out", "src", "sources", "folderLock.js");
    const child = spawn(process.execPath, ["-e", hold, module, file], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      await once(child.stdout, "data");
      assert.equal(takeFolderLock(file), null);
    } finally {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    assert(existsSync(file), "the killed one left its lock");
    const lock = takeFolderLock(file);
    assert(lock);
    lock.release();
    assert.deepEqual(readdirSync(folder), []);
  });

  test("that nobody kept up for long is taken over, one being written or of another machine is not", () => {
    for (const text of [
      "",
      "{",
      JSON.stringify({ pid: process.pid, host: hostname() }),
      JSON.stringify({ pid: 1, host: "elsewhere.example.org" }),
    ]) {
      writeFileSync(file, text);
      assert.equal(takeFolderLock(file), null, text);
      utimesSync(file, new Date(0), new Date(0));
      const lock = takeFolderLock(file);
      assert(lock, text);
      lock.release();
    }
  });
});
