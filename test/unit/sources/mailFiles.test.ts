import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { MboxCutter } from "../../../src/core/mail/mbox";
import { buildIndex } from "../../../src/index/build";
import { openIndex } from "../../../src/index/reader";
import { detectSource } from "../../../src/sources/detect";
import { makeMail, messageIdOf, planArchive } from "../../support/archiveMails";
import { dumpIndex } from "../../support/archivesDump";
import { commitMails, seededCommits } from "../../support/makeArchive";

const seed = 5;

/** As mboxrd: a separator in front of each mail, a blank line behind it, lines like separators quoted. */
function mboxOf(mails: readonly Buffer[]): Buffer {
  return Buffer.concat(
    mails.map((mail) =>
      Buffer.from(`From mboxrd@z Thu Jan  1 00:00:00 1970\n${mail.toString("latin1").replace(/^(>*From )/gm, ">$1")}\n`, "latin1"),
    ),
  );
}

function cut(mbox: Buffer, chunk: number): string[] {
  const found: string[] = [];
  const cutter = new MboxCutter(1 << 20, {
    mail: ({ bytes }) => void found.push(Buffer.from(bytes).toString("latin1")),
    tooLarge: () => undefined,
  });
  for (let at = 0; at < mbox.length; at += chunk) cutter.push(mbox.subarray(at, at + chunk));
  cutter.end();
  return found;
}

suite("mail in files", () => {
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-files-"));
  const { plans, truth } = planArchive(seed, 120);
  const mails = plans.map((plan) => makeMail(seed, plan));
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  test("an mbox is cut the same in whatever pieces it comes", () => {
    const odd = [
      Buffer.from("Subject: a\n\nFrom here on it is quoted\n\nFrom nobody knows where\n"),
      Buffer.from("Subject: b\n\nbody\n"),
      Buffer.from("Subject: c\r\n\r\nbody\r\n"),
    ];
    const mbox = mboxOf([...odd, ...mails.slice(0, 5)]);
    const expected = [...odd, ...mails.slice(0, 5)].map((mail) => mail.toString("latin1"));
    for (const chunk of [1, 2, 7, 64, 1000, 1 << 20]) assert.deepEqual(cut(mbox, chunk), expected, `pieces of ${chunk}`);
  });

  test("an mbox without quotes is cut at separators only, not at sentences", () => {
    const mbox =
      "From alex@example.org Mon Sep 17 00:00:00 2001\nSubject: a\n\nfirst\n\nFrom the beginning it was 1\nclear.\n\nFrom 0123456789 Mon Sep 17 00:00:00 2001\nSubject: b\n\nsecond\n";
    assert.deepEqual(cut(Buffer.from(mbox), 50), [
      "Subject: a\n\nfirst\n\nFrom the beginning it was 1\nclear.\n",
      "Subject: b\n\nsecond\n",
    ]);
  });

  test("a mail that is too large is passed over and the next one is read", () => {
    const big = Buffer.from(`Subject: big\n\n${"x".repeat(70)}\n`.repeat(40_000));
    const found: number[] = [];
    const passed: number[] = [];
    const cutter = new MboxCutter(100_000, { mail: ({ bytes }) => void found.push(bytes.length), tooLarge: (at) => void passed.push(at) });
    const mbox = mboxOf([mails[0]!, big, mails[1]!]);
    for (let at = 0; at < mbox.length; at += 65_536) cutter.push(mbox.subarray(at, at + 65_536));
    cutter.end();
    assert.deepEqual(found, [mails[0]!.length, mails[1]!.length]);
    assert.equal(passed.length, 1);
  });

  const kinds: ReadonlyArray<readonly [name: string, kind: string, make: (path: string) => void]> = [
    ["list.mbox", "mbox", (path) => writeFileSync(path, mboxOf(mails))],
    ["list.mbox.gz", "mbox", (path) => writeFileSync(path, gzipSync(mboxOf(mails)))],
    [
      "maildir",
      "maildir",
      (path) => {
        for (const below of ["cur", "new", "tmp"]) mkdirSync(join(path, below), { recursive: true });
        for (const [at, mail] of mails.entries()) writeFileSync(join(path, at % 2 ? "cur" : "new", `${1700000000 + at}.host:2,S`), mail);
      },
    ],
    [
      "folder",
      "mail-folder",
      (path) => {
        mkdirSync(path);
        for (const [at, mail] of mails.entries())
          writeFileSync(join(path, `${at}.${at % 2 ? "eml" : "patch"}`), at % 7 ? mail : mboxOf([mail]));
        writeFileSync(join(path, "README"), "no mail");
      },
    ],
  ];
  for (const [name, kind, make] of kinds) {
    test(`${name} is a ${kind}, and gives what an archive of the same mails gives`, async () => {
      const path = join(folder, name);
      make(path);
      assert.equal(detectSource(path), kind);
      const file = join(folder, `${name}.db`);
      const { problems, mails: count, series, revisions } = await buildIndex([path], file);
      assert.deepEqual(problems, []);
      assert.deepEqual({ count, series, revisions }, { count: truth.mails, series: truth.series, revisions: truth.revisions });
      const reader = openIndex(file);
      assert.ok(reader);
      for (const at of [0, 1, 7, 60]) assert.deepEqual(Buffer.from((await reader.mailBytes(messageIdOf(seed, plans[at]!)))!), mails[at]);
      reader.close();
    });
  }

  test("an mbox that grew, and a folder that lost a mail, are read again", async () => {
    const path = join(folder, "grows.mbox");
    const file = join(folder, "grows.db");
    writeFileSync(path, mboxOf(mails.slice(0, 50)));
    await buildIndex([path], file);
    writeFileSync(path, mboxOf([...mails.slice(5, 50), ...mails.slice(50, 90)]));
    const { added, removed } = await buildIndex([path], file);
    assert.deepEqual({ added, removed }, { added: 40, removed: 5 });
    const again = join(folder, "grows2.db");
    await buildIndex([path], again);
    const mailsOf = (lines: string[]): string[] => lines.filter((line) => !line.startsWith("component"));
    assert.deepEqual(mailsOf(dumpIndex(file)), mailsOf(dumpIndex(again)));
  });

  test("a single mail, and a list read as archive and as mbox", async () => {
    const single = join(folder, "one.eml");
    writeFileSync(single, mails[3]!);
    assert.equal(detectSource(single), "mail");
    const archive = join(folder, "list.git");
    await commitMails(archive, seededCommits(seed, plans));
    const file = join(folder, "both.db");
    const { mails: count } = await buildIndex([single, archive, join(folder, "list.mbox")], file);
    assert.equal(count, truth.mails);
  });

  test("a .gz that ends early gives the mails before its end, and one that unpacks for ever is left", async () => {
    const packed = gzipSync(mboxOf(mails));
    const path = join(folder, "cut.mbox.gz");
    writeFileSync(path, packed.subarray(0, packed.length * 0.6));
    const { mails: count, problems } = await buildIndex([path], join(folder, "cut.db"));
    assert.ok(count > 20 && count < mails.length);
    assert.match(problems[0]!.message, /damaged or cut off after \d+ bytes; the mails before that were read\.$/);
    const bomb = join(folder, "bomb.mbox.gz");
    writeFileSync(bomb, gzipSync(Buffer.concat([mboxOf(mails.slice(0, 3)), Buffer.alloc(200 * 1024 * 1024)])));
    const bombed = await buildIndex([bomb], join(folder, "bomb.db"));
    assert.match(bombed.problems.map(({ message }) => message).join("\n"), /unpacks to far more than a mailbox would/);
  });
});
