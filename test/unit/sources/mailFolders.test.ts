import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { readMail } from "../../../src/core/mail/mail";
import { readMbox } from "../../../src/core/mail/mbox";
import { buildIndex } from "../../../src/index/build";
import { openIndex } from "../../../src/index/reader";
import { detectSource, isMailFile } from "../../../src/sources/detect";
import { makeDigestReader } from "../../../src/sources/digestFile";
import { readMailFile } from "../../../src/sources/mailFiles";

const mails = [1, 2, 3].map(
  (number) =>
    `From: Ada Abel <ada@example.org>\nSubject: [PATCH ${number}/3] Teapot ${number}\nDate: Mon, 4 May 2026 10:00:0${number} +0000\nMessage-ID: <t${number}@example.org>\n\nPour.\n---\ndiff --git a/t${number}.c b/t${number}.c\n--- a/t${number}.c\n+++ b/t${number}.c\n@@ -1 +1 @@\n-a\n+b\n`,
);
const [one = "", two = "", three = ""] = mails;
const mbox = mails.map((mail) => `From git@z Thu Jan  1 00:00:00 1970\n${mail}\n`).join("");
const emlx = (mail: string): string => `${mail.length}\n${mail}<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"></plist>\n`;
const bare = one.slice(one.indexOf("diff --git"));

/** What lies where, by the name of a kind of folder. */
const folders: Readonly<Record<string, Readonly<Record<string, string | Buffer>>>> = {
  maildir: { "cur/1.a:2,S": one, "cur/2.a:2,RS": two, "new/3.a": three, "tmp/4.a": "half of a mail" },
  "only cur": { "cur/1.a:2,S": one, "cur/2.a:2,S": two, "cur/3.a:2,": three },
  "only new": { "new/1.a": one, "new/2.a": two, "new/3.a": three },
  "Maildir++": { "cur/1.a:2,S": one, ".Lists.KVM/cur/2.a:2,S": two, ".Lists.KVM/new/3.a": three, "dovecot-uidlist": "3 V1" },
  "maildirs below": { "Lists/KVM/cur/1.a": one, "Lists/KVM/new/2.a": two, "Lists/Old/cur/3.a": three },
  MH: { "1": one, "2": two, "10": three, ".mh_sequences": "unseen: 3" },
  nested: { "x/1.eml": one, "y/z/2.eml": two, "3.eml": three },
  "without extensions": { a: one, b: two, c: three },
  ".diff": { "0001.diff": one, "0002.diff": two, "0003.diff": three },
  ".txt": { "1.txt": one, "2.txt": two, "3.txt": three },
  ".msg": { "1.msg": one, "2.msg": two, "3.msg": three },
  ".emlx": { "1.emlx": emlx(one), "2.emlx": emlx(two), "3.partial.emlx": emlx(three) },
  ".eml.gz": { "1.eml.gz": gzipSync(one), "2.eml.gz": gzipSync(two), "3.eml.gz": gzipSync(three) },
  "mailboxes and mails": {
    "a.mbox": mbox.slice(0, mbox.indexOf("From git", 10)),
    "Mail/inbox": mbox,
    "linux/.git": "gitdir: x",
    "linux/fs/a.c": "int a;",
    "linux/fs/b": one.replace("t1@", "t9@"),
    README: "Read me.",
  },
  "a mark in front": { "1.eml": `\ufeff${one}`, "2.mbox": `\ufeffFrom git@z Thu Jan  1 00:00:00 1970\n${two}`, "3.eml": three },
  "fields nobody knows": { a: `X: 1\nFoo-Id: 7\n${one}`, b: `Errors-To: b@example.org\n${two}`, c: `Old-Return-Path: c\n${three}` },
  "mails beside bare diffs": { "1.patch": one, "2.patch": two, "3.patch": three, "4.patch": bare, series: "4.patch\n" },
};

suite("folders of mail", () => {
  const root = mkdtempSync(join(tmpdir(), "kvm-series-folders-"));
  suiteTeardown(() => rmSync(root, { recursive: true, force: true }));

  function lay(name: string, files: Readonly<Record<string, string | Buffer>>): string {
    const folder = join(root, name);
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), content);
    }
    return folder;
  }

  async function read(path: string): Promise<{ ids: string[]; problems: string[] }> {
    const kind = detectSource(path);
    assert.ok(isMailFile(kind), `${path} is ${kind}`);
    const ids = new Set<string>();
    const problems: string[] = [];
    await readMailFile(kind, path, {
      mail: (bytes) => void ids.add(`${readMail(bytes).messageId ?? ""} ${readMail(bytes).body.length}`),
      problem: (sentence) => void problems.push(sentence),
      stopped: () => false,
    });
    return { ids: [...ids].sort(), problems };
  }

  const expected = mails.map((mail, at) => `t${at + 1}@example.org ${mail.length - mail.indexOf("\n\n") - 2}`);
  for (const [name, files] of Object.entries(folders)) {
    test(name, async () => {
      const folder = lay(name, files);
      const { ids, problems } = await read(folder);
      assert.deepEqual(ids, expected);
      assert.equal(problems.length, name.includes("bare") ? 1 : 0);
      // Each is found again where it lies.
      const file = join(root, `${name}.db`);
      await buildIndex([folder], file);
      const reader = openIndex(file);
      const found = await reader?.mails([1, 2, 3].map((at) => `t${at}@example.org`));
      for (const at of [1, 2, 3]) assert.match(String(found?.get(`t${at}@example.org`)), new RegExp(`^[^]*Teapot ${at}`));
      reader?.close();
    });
  }

  for (const [name, program] of [
    ["x.mbox.xz", "xz"],
    ["x.mbox.bz2", "bzip2"],
  ] as const) {
    test(`a mailbox packed with ${program} is read by that program, or a sentence says what to do`, async () => {
      const path = join(root, name);
      const { stdout, error } = spawnSync(program, ["-c"], { input: mbox });
      if (error) {
        writeFileSync(path, program === "xz" ? "\xfd7zXZ\0" : "BZh9", "latin1");
        assert.match((await makeDigestReader().read(path)).problems[0]?.message ?? "", /^This is packed with .*; unpack it/);
        return;
      }
      writeFileSync(path, stdout);
      assert.deepEqual((await read(path)).ids, expected);
      writeFileSync(path, stdout.subarray(0, stdout.length - 20));
      assert.match((await read(path)).problems.join(), /damaged or cut off/);
    });
  }

  test("what is neither is named, with what to do", async () => {
    const sentence = async (path: string): Promise<string> => {
      assert.ok(!isMailFile(detectSource(path)));
      return (await makeDigestReader().read(path)).problems[0]?.message ?? "";
    };
    const quilt = lay("quilt", { "bare.diff": bare, "fix.patch": `Description: pour\nAuthor: Ada\n\n${bare}` });
    for (const file of ["bare.diff", "fix.patch"])
      assert.match(await sentence(join(quilt, file)), /^This is a diff without mail headers\. .*git format-patch/);
    assert.deepEqual(await read(quilt).then(({ ids, problems }) => [ids.length, problems.length]), [0, 1]);
    assert.match((await read(quilt)).problems[0] ?? "", /^bare\.diff and 1 more file are diffs without mail headers/);
    assert.match(await sentence(lay("nothing", { "a.c": "int a;\n", "b/c.txt": "text\n" })), /neither mail nor a digest/);
    const outlook = lay("outlook", { "a.msg": Buffer.from("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "latin1") });
    assert.match(await sentence(join(outlook, "a.msg")), /Outlook/);
  });

  test("a folder with digests stays one, though mails lie below it", () => {
    const folder = lay("digests", { "1.txt": `From ${"a".repeat(40)} to ${"b".repeat(40)}\n`, "below/1.eml": one });
    assert.equal(detectSource(folder), "unknown");
  });
});

suite("dialects of mbox", () => {
  const text = (mail: Uint8Array): string => Buffer.from(mail).toString();
  const head = "From a@example.org Mon May  4 10:00:00 2026\nSubject: a\n";

  test("mails that are counted and not quoted keep their lines", () => {
    const body = "\nFrom here on.\n>From there too.\n";
    const [first, second] = readMbox(Buffer.from(`${head}Content-Length: 420\nLines: 2\n${body}\n${head}\n>From here on.\n`));
    assert.equal(text(first ?? Buffer.alloc(0)), `Subject: a\nContent-Length: 420\nLines: 2\n${body}`);
    assert.equal(text(second ?? Buffer.alloc(0)), "Subject: a\n\nFrom here on.\n");
  });

  test("a length says nothing where lines are quoted", () => {
    const [mail] = readMbox(Buffer.from(`${head}Content-Length: 10\n\n>From here on.\n>>From there.\n`));
    assert.equal(text(mail ?? Buffer.alloc(0)), "Subject: a\nContent-Length: 10\n\nFrom here on.\n>From there.\n");
  });

  test("a byte order mark in front of the first separator", () => {
    assert.deepEqual(readMbox(Buffer.from(`\ufeff${head}\nb\n\n${head}\nc\n`)).map(text), ["Subject: a\n\nb\n", "Subject: a\n\nc\n"]);
  });
});
