import assert from "node:assert/strict";
import fs, { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { MboxCutter } from "../../../src/core/mail/mbox";
import { singleProblems } from "../../../src/core/series/problems";
import { buildIndex } from "../../../src/index/build";
import { openIndex } from "../../../src/index/reader";
import { detectSource } from "../../../src/sources/detect";
import { readMailFile, readSpots } from "../../../src/sources/mailFiles";
import { makeMail, messageIdOf, planArchive } from "../../support/archiveMails";
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

function failOn(problem: string): void {
  assert.fail(problem);
}

/** Counts the bytes that are read from files while something runs. */
async function bytesReadBy(run: () => Promise<void>): Promise<number> {
  const { read, readSync } = fs;
  let bytes = 0;
  const countedSync = (...values: Parameters<typeof readSync>): number => {
    const count = readSync(...values);
    bytes += count;
    return count;
  };
  const counted = (
    fd: number,
    buffer: Buffer,
    at: number,
    length: number,
    position: number | null,
    done: (...told: unknown[]) => void,
  ): void =>
    read(fd, buffer, at, length, position, (error, count, whole) => {
      bytes += count;
      done(error, count, whole);
    });
  Object.assign(fs, { read: counted, readSync: countedSync });
  try {
    await run();
  } finally {
    Object.assign(fs, { read, readSync });
  }
  return bytes;
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
      const some = [0, 1, 7, 60].map((at) => [messageIdOf(seed, plans[at]!), mails[at]!] as const);
      assert.deepEqual(await reader.mails(some.map(([id]) => id)), new Map(some));
      reader.close();
    });
  }

  test("mails of a large mbox are read where they lie, those of a packed one in one pass", async () => {
    const mbox = mboxOf([...mails, Buffer.from(`Subject: long\n\n${"nothing of interest\n".repeat(200_000)}`), ...mails]);
    const [plain, packed] = [join(folder, "large.mbox"), join(folder, "large.mbox.gz")];
    writeFileSync(plain, mbox);
    writeFileSync(packed, gzipSync(mbox, { level: 0 }));
    const spots: string[] = [];
    await readMailFile("mbox", plain, { mail: (_, spot) => spots.push(spot), problem: failOn, stopped: () => false });
    const last = spots.slice(-3).reverse();
    for (const [file, most] of [
      [plain, 200_000],
      [packed, statSync(packed).size + 100_000],
    ] as const) {
      const found: string[] = [];
      const bytes = await bytesReadBy(() => readSpots(file, last, (spot, mail) => found.push(`${spot} ${mail.toString("latin1")}`)));
      const expected = last.map((spot, at) => `${spot} ${mails.at(-1 - at)?.toString("latin1")}`);
      assert.deepEqual(found.sort(), expected.sort());
      assert.ok(bytes < most, `${bytes} bytes of ${statSync(file).size}`);
    }
    const none: string[] = [];
    await readSpots(plain, ["../large.mbox@0+10", "/etc/passwd", "absent@0+10", `@${mbox.length}+10`], (spot) => none.push(spot));
    assert.deepEqual(none, []);
  });

  test("who reads beside others breathes after each mail of a folder and within an mbox", async () => {
    for (const [name, least] of [
      ["maildir", mails.length],
      ["list.mbox", mboxOf(mails).length / 40_000],
      ["list.mbox.gz", mboxOf(mails).length / 40_000],
    ] as const) {
      let [breaths, sinceBreath, most] = [0, 0, 0];
      await readMailFile(name === "maildir" ? "maildir" : "mbox", join(folder, name), {
        stopped: () => false,
        problem: failOn,
        mail: ({ length }) => (most = Math.max(most, (sinceBreath += length))),
        breathe: () => Promise.resolve([breaths++, (sinceBreath = 0)]),
      });
      assert.ok(breaths >= least, `${name}: ${breaths} breaths`);
      assert.ok(most < 100_000, `${name}: ${most} bytes of mail in one go`);
    }
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
    assert.match(
      singleProblems(bombed.problems)
        .map(({ message }) => message)
        .join("\n"),
      /unpacks to far more than a mailbox would/,
    );
  });
});
