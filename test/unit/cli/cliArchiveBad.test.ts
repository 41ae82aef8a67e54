/** The command line on archives that are broken, hostile or out of reach: one sentence, exit 1 or the rest, and nothing lost. */
import { root } from "../../host/paths";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import { readMail } from "../../../src/core/mail/mail";
import { MboxCutter } from "../../../src/core/mail/mbox";
import { parseCorrections } from "../../../src/core/postings/corrections";
import { buildIndex } from "../../../src/index/build";
import { ArchiveSeries } from "../../../src/library/archiveSeries";
import { badMail, mboxOf } from "../../support/badMails";
import { patchBody } from "../../support/madeMail";
import { commitMails, git } from "../../support/makeArchive";
import { writeSampleArchive, writeSampleMbox } from "../../support/sampleArchive";

const cli = path.join(root, "dist", "cli.js");
const megabyte = 1024 * 1024;

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

suite("command line, bad archives", function () {
  let folder = "";
  const at = (...names: string[]): string => path.join(folder, ...names);

  suiteSetup(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "kvm-series-bad-cli-"));
    await writeSampleArchive(at("good"));
    await writeSampleMbox(at("list.mbox"));
    writeFileSync(at("two.mbox"), mboxOf(badMail({ number: 1 }), badMail({ number: 2 })));
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  function run(args: readonly string[], environment: NodeJS.ProcessEnv = {}, prefix: readonly string[] = []): Ran {
    const [command = "", ...rest] = [...prefix, process.execPath, cli, ...args];
    const { status, stdout, stderr, error } = spawnSync(command, rest, {
      encoding: "utf8",
      cwd: folder,
      maxBuffer: 64 * megabyte,
      env: { ...process.env, XDG_CACHE_HOME: at("cache"), ...environment },
    });
    assert.equal(error, undefined);
    return { code: status, stdout, stderr };
  }

  /** Exit 1, nothing on stdout, and this one line on stderr. */
  function refuses(expected: RegExp, args: readonly string[], environment?: NodeJS.ProcessEnv): void {
    const { code, stdout, stderr } = run(args, environment);
    assert.deepEqual([args, code, stdout], [args, 1, ""], stderr);
    assert.match(stderr, /^[^\n]+\n$/);
    assert.match(stderr, expected);
  }

  /** Exit 0, what could be read, and the problems as JSON tells them. */
  function reads(...sources: string[]): { titles: string[]; problems: string[] } {
    const { code, stdout, stderr } = run(["series", ...sources, "--json"]);
    assert.deepEqual([code, stderr], [0, ""]);
    const { series, problems } = JSON.parse(stdout) as { series: Array<{ title: string }>; problems: Array<{ message: string }> };
    return { titles: series.map(({ title }) => title).sort(), problems: problems.map(({ message }) => message) };
  }

  test("repositories that are broken or no archive: every command says the same, and beside a good one the good one is read", () => {
    const work = at("code");
    mkdirSync(work);
    git(work, ["init", "--quiet"]);
    writeFileSync(path.join(work, "main.c"), "int main(void) { return 0; }\n");
    git(work, ["add", "."]);
    git(work, ["-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", "first"]);
    git(work, ["clone", "--quiet", "--bare", ".", at("code.git")]);
    cpSync(at("good", "git", "0.git"), at("cut.git"), { recursive: true });
    const packs = at("cut.git", "objects", "pack");
    const pack = path.join(packs, readdirSync(packs).find((name) => name.endsWith(".pack")) ?? "");
    chmodSync(pack, 0o644);
    truncateSync(pack, Math.floor(statSync(pack).size * 0.7));
    for (const [source, expected] of [
      ["code.git", /code\.git: This repository is not a mail archive: /],
      ["cut.git", /cut\.git: The repository is damaged \([^\n]+\); run git fsck in it, or clone the archive again\.$/m],
    ] as const) {
      refuses(expected, ["series", source]);
      refuses(expected, ["digest", source]);
      refuses(expected, ["index", source, "--db", `${source}.db`, "--json"]);
    }
    const { titles, problems } = reads("good", "cut.git", "code.git");
    assert.ok(titles.length > 20);
    assert.equal(problems.length, 2);
  });

  test("an archive whose newest repository has no mail yet is exported all the same, and an empty one says so", () => {
    cpSync(at("good"), at("young"), { recursive: true });
    mkdirSync(at("young", "git", "2.git"));
    git(at("young", "git", "2.git"), ["init", "--quiet", "--bare", "."]);
    assert.equal(run(["digest", "young"]).stdout, run(["digest", "good"]).stdout);
    refuses(/^young\/git\/2\.git: It contains no mail\.$/m, ["digest", "young/git/2.git"]);
  });

  test("a missing object is named where a digest of its range is written", () => {
    cpSync(at("good", "git", "0.git"), at("missing.git"), { recursive: true });
    const packs = at("missing.git", "objects", "pack");
    const pack = readFileSync(path.join(packs, readdirSync(packs).find((name) => name.endsWith(".pack")) ?? ""));
    rmSync(packs, { recursive: true });
    mkdirSync(packs);
    spawnSync("git", ["unpack-objects", "-q"], { cwd: at("missing.git"), input: pack });
    const oid = git(at("missing.git"), ["rev-parse", "master~20:m"]).trim();
    rmSync(at("missing.git", "objects", oid.slice(0, 2), oid.slice(2)));
    const { code, stdout, stderr } = run(["digest", "missing.git"]);
    assert.equal(code, 0);
    assert.ok(stdout.length > 1000);
    assert.equal(stderr, `missing.git: The mail in blob ${oid} could not be read and is left out: damaged, missing or over 32 MB.\n`);
  });

  test("a damaged or truncated .gz gives what stands before the damage", () => {
    const packed = gzipSync(readFileSync(at("list.mbox")));
    const hole = Buffer.from(packed);
    hole.fill(0xaa, Math.floor(hole.length * 0.5), Math.floor(hole.length * 0.5) + 50);
    writeFileSync(at("hole.mbox.gz"), hole);
    writeFileSync(at("cut.mbox.gz"), packed.subarray(0, packed.length * 0.6));
    for (const name of ["hole.mbox.gz", "cut.mbox.gz"]) {
      const { titles, problems } = reads(name);
      assert.ok(titles.length > 5, name);
      assert.match(problems.join(), /is damaged or cut off after \d+ bytes; the mails before that were read\.$/);
      const { code, stderr } = run(["digest", name]);
      assert.equal(code, 0);
      assert.match(stderr, /^[^\n]+ is damaged or cut off after [^\n]+\n$/);
    }
    writeFileSync(at("head.mbox.gz"), packed.subarray(0, 5));
    refuses(/is damaged or cut off after 0 bytes/, ["series", "head.mbox.gz"]);
  });

  test("bombs, alone and in a folder beside a mail", () => {
    const bomb = gzipSync(Buffer.concat([badMail({ number: 3 }), Buffer.alloc(100 * megabyte)]));
    writeFileSync(at("bomb.eml.gz"), bomb);
    refuses(/unpacks to more than the 32 MB limit for mails\)\.$/m, ["series", "bomb.eml.gz"]);
    refuses(/unpacks to more than the 32 MB/, ["index", "bomb.eml.gz", "--db", "bomb.db"]);
    mkdirSync(at("bombs"));
    writeFileSync(at("bombs", "a.eml.gz"), bomb);
    writeFileSync(at("bombs", "b.eml"), badMail({ number: 4 }));
    const { titles, problems } = reads("bombs");
    assert.deepEqual(titles, ["KVM: x86: Change number 4"]);
    assert.match(problems.join("\n"), /unpacks to far more than a mailbox would; reading stopped after \d+ MB\.$/);
  });

  test("a mail of 200 MB that is one line keeps no memory, nor does it hide the next one", () => {
    const found: string[] = [];
    const passed: number[] = [];
    const cutter = new MboxCutter(32 * megabyte, {
      mail: ({ bytes }) => void found.push(readMail(bytes).subject),
      tooLarge: (start) => void passed.push(start),
    });
    const before = process.memoryUsage().arrayBuffers;
    const piece = Buffer.alloc(megabyte, "x");
    cutter.push(
      Buffer.concat([mboxOf(badMail({ number: 5 })), Buffer.from("From a@example.org Thu Jan  1 00:00:00 1970\nSubject: long\n\n")]),
    );
    let most = 0;
    for (let count = 0; count < 200; count++) {
      cutter.push(piece);
      most = Math.max(most, process.memoryUsage().arrayBuffers);
    }
    cutter.push(Buffer.concat([Buffer.from("\n\n"), mboxOf(badMail({ number: 6 }))]));
    cutter.end();
    assert.deepEqual(found, ["[PATCH] KVM: x86: Change number 5", "[PATCH] KVM: x86: Change number 6"]);
    assert.equal(passed.length, 1);
    // What is held doubles on its way, and the garbage of that is not collected at once.
    assert.ok(most - before < 160 * megabyte, `${Math.round((most - before) / megabyte)} MB`);
  });

  test("headers without end, 10,000 parts and nested ones, a NUL: each mail is read as far as it goes", () => {
    const boundary = (name: string): string => `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="${name}"\n`;
    const parts = Array.from({ length: 10_000 }, (_, part) => `--b\nContent-Type: text/plain\n\npart ${part}\n`).join("");
    const nested = Array.from({ length: 10_000 }, (_, part) => `--b${part}\n${boundary(`b${part + 1}`)}\n`).join("");
    writeFileSync(
      at("odd.mbox"),
      mboxOf(
        badMail({ number: 7, headers: boundary("b"), body: `${parts}--b--\n` }),
        badMail({ number: 8, headers: boundary("b0"), body: nested }),
        badMail({ number: 9, headers: "X-Head: value\n".repeat(200_000) }),
        badMail({ number: 10, body: "a\0b\n\ndiff --git a/a\0b.c b/a\0b.c\n--- a/a\0b.c\n+++ b/a\0b.c\n@@ -1 +1 @@\n-a\0\n+b\0\n" }),
        badMail({ number: 11 }),
      ),
    );
    const { titles } = reads("odd.mbox");
    for (const number of [7, 8, 9, 10, 11]) assert.ok(titles.includes(`KVM: x86: Change number ${number}`), titles.join("\n"));
    const endless = readMail(Buffer.from(`From: a@example.org\nSubject: [PATCH] ${"x".repeat(8 * megabyte)}`));
    assert.ok(endless.subject.length <= megabyte);
    assert.match(endless.problems.join(), /headers are longer than/);
  });

  test("dates of 1970 and 2099, none and rubbish do not make the other series stale", () => {
    const dates = ["Thu, 01 Jan 1970 00:00:00 +0000", "Fri, 31 Dec 2099 23:59:59 +0000", "rubbish", null];
    writeFileSync(
      at("dates.mbox"),
      mboxOf(...dates.map((date, number) => badMail({ number: 20 + number, date })), badMail({ number: 24 })),
    );
    for (const index of [false, true]) {
      if (index) assert.equal(run(["index", "dates.mbox", "--db", "dates.db"]).code, 0);
      const { stdout } = run(["touching", "arch/x86/kvm/x86.c", index ? "dates.db" : "dates.mbox", "--json"]);
      const { series } = JSON.parse(stdout) as { series: ReadonlyArray<{ title: string }> };
      assert.ok(
        series.some(({ title }) => title === "KVM: x86: Change number 24"),
        stdout,
      );
    }
  });

  test("mails without a Message-ID are mails of their own; of two patches that share one the other is listed", async () => {
    const mails = [
      badMail({ number: 30, id: null }),
      badMail({ number: 31, id: null }),
      badMail({ number: 32, id: "same@example.org", body: patchBody("arch/x86/kvm/other.c") }),
      badMail({ number: 33, id: "same@example.org" }),
    ];
    writeFileSync(at("ids.mbox"), mboxOf(...mails));
    await commitMails(
      at("ids.git"),
      mails.map((add, number) => ({ add, time: 1_792_000_000 + number })),
    );
    // Who asks for a Message-ID gets one mail, so that the other one's patch could not be had: the older one counts, which the archive knows.
    for (const [source, counts, other] of [
      ["ids.mbox", 33, 32],
      ["ids.git", 32, 33],
    ] as const) {
      assert.deepEqual(
        reads(source).titles,
        [30, 31, counts].map((number) => `KVM: x86: Change number ${number}`),
        source,
      );
      const { mails: left } = JSON.parse(run(["untaken", source, "--json"]).stdout) as {
        mails: ReadonlyArray<{ subject: string; reason: string }>;
      };
      assert.deepEqual(
        left.map(({ subject, reason }) => `${subject}: ${reason}`),
        [`[PATCH] KVM: x86: Change number ${other}: Another mail has its Message-ID.`],
      );
    }
  });

  test("no git and an old git", () => {
    const old = at("old-git");
    writeFileSync(old, '#!/bin/sh\necho "error: unknown option \\`batch-all-objects\'" >&2\necho "usage: git cat-file" >&2\nexit 129\n');
    chmodSync(old, 0o755);
    for (const [binary, expected] of [
      [at("no-such-git"), /Git was not found; install it, or set git\.path \(on the command line, KVM_SERIES_GIT\)\.$/m],
      [old, /This git is too old; version [\d.]+ or newer is needed\.$/m],
    ] as const) {
      for (const args of [
        ["series", "good"],
        ["digest", "good"],
        ["index", "good", "--db", "none.db"],
      ]) {
        refuses(expected, args, { KVM_SERIES_GIT: binary, XDG_CACHE_HOME: at("no-git-cache") });
      }
    }
    refuses(/Git was not found/, ["digest", "good", "--from", "0123abc"], { KVM_SERIES_GIT: at("no-such-git") });
  });

  test("a file of the person's own is never made an index", () => {
    const other = new DatabaseSync(at("places.sqlite"));
    other.exec("CREATE TABLE places (url TEXT); INSERT INTO places VALUES ('https://example.org/')");
    other.close();
    mkdirSync(at("folder.db"));
    const before = readFileSync(at("list.mbox"));
    for (const file of ["places.sqlite", "list.mbox", "folder.db"]) {
      refuses(/ is not a writable index and was left unchanged; give --db another file\.$/m, ["index", "two.mbox", "--db", file]);
    }
    assert.deepEqual(readFileSync(at("list.mbox")), before);
    const again = new DatabaseSync(at("places.sqlite"));
    assert.equal(again.prepare("SELECT count(*) AS n FROM places").get()?.["n"], 1);
    again.close();
  });

  test("a damaged index says so; the one that is kept is built again; a damaged lock is none", async () => {
    const damage = (file: string): void => {
      const bytes = readFileSync(file);
      bytes.fill(0xaa, Math.floor(bytes.length / 3), Math.floor((bytes.length * 2) / 3));
      writeFileSync(file, bytes);
    };
    assert.equal(run(["index", "good", "--db", "list.db"]).code, 0);
    writeFileSync(at("list.db.lock"), Buffer.alloc(5000, 7));
    assert.equal(run(["index", "good", "--db", "list.db"]).code, 0);
    const series = new ArchiveSeries({ file: at("list.db"), corrections: [] });
    assert.equal(series.refresh(), true);
    damage(at("list.db"));
    refuses(/^list\.db: The index is damaged; build it again with “kvm-series index”\.$/m, ["series", "list.db"]);
    // A window that has it open goes on with what it has, until there is another one in its place.
    await series.load();
    assert.deepEqual(
      [series.damaged, series.refresh(), series.touching("a.c"), series.search("x"), series.problems],
      [true, false, [], [], []],
    );
    rmSync(at("list.db"));
    await buildIndex([at("good")], at("list.db"));
    assert.deepEqual([series.refresh(), series.damaged, await series.load()], [true, false, true]);
    assert.ok(series.series.length > 10);
    series.dispose();
    // What comes in meets the damage and has all of it built again.
    writeFileSync(at("small.mbox"), mboxOf(...Array.from({ length: 300 }, (_, number) => badMail({ number }))));
    await buildIndex([at("small.mbox")], at("small.db"));
    damage(at("small.db"));
    writeFileSync(at("small.mbox"), mboxOf(badMail({ number: 1 }), badMail({ number: 2 })));
    assert.deepEqual([(await buildIndex([at("small.mbox")], at("small.db"))).problems, reads("small.db").titles.length], [[], 2]);
    const kept = { XDG_CACHE_HOME: at("kept") };
    const whole = run(["series", "good"], kept).stdout;
    const [name = ""] = readdirSync(at("kept", "kvm-series")).filter((one) => one.endsWith(".db"));
    damage(at("kept", "kvm-series", name));
    const again = run(["series", "good"], kept);
    assert.deepEqual(again, { code: 0, stdout: whole, stderr: "good: The index kept of it was damaged and has been built again.\n" });
    assert.deepEqual(run(["series", "good"], kept), { code: 0, stdout: whole, stderr: "" });
  });

  test("an index that nobody here may write to is read, also beside one who writes, and where what is new has no room", async function () {
    const asOther = process.getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
    chmodSync(folder, 0o755);
    mkdirSync(at("fixed"));
    assert.equal(run(["index", "good", "--db", "fixed/list.db"]).code, 0);
    const whole = run(["series", "fixed/list.db", "--json"]).stdout;
    chmodSync(at("fixed", "list.db"), 0o444);
    chmodSync(at("fixed"), 0o555);
    const read = run(["series", "fixed/list.db", "--json"], {}, asOther);
    if (read.stderr.includes("setpriv:") || /Cannot find module|EACCES.*cli\.js/.test(read.stderr)) {
      console.log("      skipped: root cannot become another user here");
      this.skip();
    }
    assert.deepEqual(read, { code: 0, stdout: whole, stderr: "" });
    assert.deepEqual(readdirSync(at("fixed")).sort(), ["list.db", "list.db.lock"]);
    // A writer was killed and left its journal: nobody can take it back here, and what was written before is still there.
    chmodSync(at("fixed"), 0o755);
    writeFileSync(at("fixed", "list.db-journal"), Buffer.concat([Buffer.from("d9d505f920a163d7", "hex"), Buffer.alloc(504)]));
    chmodSync(at("fixed"), 0o555);
    assert.deepEqual(run(["series", "fixed/list.db", "--json"], {}, asOther), { code: 0, stdout: whole, stderr: "" });
    chmodSync(at("fixed"), 0o755);

    assert.equal(run(["index", "good", "--db", "beside.db"]).code, 0);
    const writer = new DatabaseSync(at("beside.db"));
    writer.exec("BEGIN IMMEDIATE; UPDATE series SET date = 0");
    assert.deepEqual(run(["series", "beside.db", "--json"]), { code: 0, stdout: whole, stderr: "" });
    writer.exec("ROLLBACK");
    writer.close();

    await commitMails(at("grows.git"), [{ add: Buffer.from(badMail({ number: 50 })), time: 1_792_000_000 }]);
    const cache = { XDG_CACHE_HOME: at("kept-full") };
    const before = run(["series", "grows.git"], cache).stdout;
    await commitMails(at("grows.git"), [{ add: Buffer.from(badMail({ number: 51 })), time: 1_792_000_100 }]);
    const kept = at("kept-full", "kvm-series");
    for (const name of readdirSync(kept)) chmodSync(path.join(kept, name), 0o444);
    chmodSync(kept, 0o777);
    // Git reads only what is its user's own.
    if (asOther.length > 0) spawnSync("chown", ["-R", "65534:65534", at("grows.git")]);
    const full = run(["series", "grows.git"], { ...cache, HOME: at("none") }, asOther);
    assert.deepEqual([full.code, full.stdout], [0, before]);
    assert.match(full.stderr, /^[^\n]*grows\.git: The index [^\n]* could not be written; [^\n]*\. What it held before is shown\.\n$/);
    for (const name of readdirSync(kept)) chmodSync(path.join(kept, name), 0o644);
    if (asOther.length > 0) spawnSync("chown", ["-R", `${process.getuid?.() ?? 0}`, at("grows.git")]);
    assert.match(run(["series", "grows.git"], cache).stdout, /Change number 51/);
  });

  test("folders and files without permission, to read and to write", function () {
    const asOther = process.getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
    chmodSync(folder, 0o755);
    for (const below of ["cur", "new"]) mkdirSync(at("maildir", below), { recursive: true });
    writeFileSync(at("maildir", "cur", "1"), badMail({ number: 40 }));
    writeFileSync(at("maildir", "new", "2"), badMail({ number: 41 }));
    mkdirSync(at("closed"));
    for (const closed of [at("maildir", "new"), at("closed")]) chmodSync(closed, 0o000);
    const half = run(["series", "maildir", "--json"], {}, asOther);
    const index = run(["index", "two.mbox", "--db", "closed/x.db"], {}, asOther);
    const below = run(["index", "two.mbox", "--db", "closed/sub/x.db"], {}, asOther);
    for (const closed of [at("maildir", "new"), at("closed")]) chmodSync(closed, 0o755);
    if (half.stderr.includes("setpriv:") || /Cannot find module|EACCES.*cli\.js/.test(half.stderr)) {
      console.log("      skipped: root cannot become another user here");
      this.skip();
    }
    assert.deepEqual([half.code, half.stderr], [0, ""]);
    assert.match(half.stdout, /The folder [^\n]+\/new could not be listed \(you have no permission\)\./);
    assert.match(half.stdout, /Change number 40/);
    for (const { code, stdout, stderr } of [index, below]) {
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, /^The index [^\n]+x\.db could not be written; check that its folder is writable\.\n$/);
    }
  });

  test("mail files that change under the index: a page never gets another mail than it asked for", async () => {
    const [file, index] = [at("changes.mbox"), at("changes.db")];
    writeFileSync(file, mboxOf(badMail({ number: 50 }), badMail({ number: 51 })));
    await buildIndex([file], index);
    const series = new ArchiveSeries({ file: index, corrections: [] });
    series.refresh();
    const mails = async (): Promise<string[]> => [...(await series.mailBytes(["bad50@example.org", "bad51@example.org"])).keys()].sort();
    assert.deepEqual(await mails(), ["bad50@example.org", "bad51@example.org"]);
    // It grows: what was there is where it was.
    writeFileSync(file, mboxOf(badMail({ number: 50 }), badMail({ number: 51 }), badMail({ number: 52 })));
    assert.deepEqual(await mails(), ["bad50@example.org", "bad51@example.org"]);
    // It is written anew with the mails in another order, which are of the same length; then it is gone.
    writeFileSync(file, mboxOf(badMail({ number: 51 }), badMail({ number: 50 })));
    assert.deepEqual(await mails(), []);
    rmSync(file);
    assert.deepEqual(await mails(), []);
    assert.match((await buildIndex([file], index)).problems[0]?.message ?? "", /no such file/);
    series.dispose();
  });

  test("a file of corrections with 100,000 joins in a row, and with hostile lines, is read at once", () => {
    const joins = Array.from({ length: 99_000 }, (_, id) => `join <a@example.org> <b${id}@example.org>\n`).join("");
    assert.equal(parseCorrections(joins, "corrections.txt").corrections.length, 99_000);
    const hostile = `join <${"a@".repeat(100_000)} <b@example.org>\n${"split ".repeat(50_000)}\n\0\n`;
    const { corrections, problems } = parseCorrections(hostile, "corrections.txt");
    assert.deepEqual([corrections.length, problems.length], [0, 3]);
    assert.ok(problems.every(({ message }) => message.length < 200));
  });
});
