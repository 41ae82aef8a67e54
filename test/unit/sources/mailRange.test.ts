/** Ranges of mail: between dates the mails of these dates whenever they came, between commits those that came. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { RangeEnds } from "../../../src/core/digest/digestOfMails";
import { newestMail, readRange } from "../../../src/sources/mailRange";
import { type Commit, commitMails, git } from "../../support/makeArchive";

/** When all of the first archive came in one push. */
const push = Date.parse("2026-07-02T13:00:00Z") / 1000;
const dates = ["2026-06-01", "2026-06-19", "2026-06-20", "2026-06-24", "2026-06-27", "2026-06-28", "2026-07-01"];

function mail(date: string, title: string, subject = `[PATCH] ${title}`): Buffer {
  const header = [`From: Ada Lind <ada@example.org>`, `Subject: ${subject}`, `Message-ID: <${title}@example.org>`, `Date: ${date}`];
  return Buffer.from(
    `${header.join("\n")}\n\nText.\n---\n a.c | 2 +-\n\ndiff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n-a\n+b\n`,
  );
}

const rfcDate = (day: string): string => new Date(`${day}T10:00:00Z`).toUTCString().replace("GMT", "+0000");

suite("ranges of mail", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "kvm-series-range-"));
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  async function archive(name: string, commits: readonly Commit[]): Promise<string> {
    const repository = path.join(folder, name);
    await commitMails(repository, commits);
    return repository;
  }

  const titles = async (repository: string, from: string | null, to: string | null, more: Partial<RangeEnds> = {}): Promise<string[]> =>
    (await readRange(repository, "public-inbox", { from, to, ...more })).mails.map(({ subject }) => subject.slice(8)).reverse();

  for (const [name, written] of [
    ["with the dates of the mails in its commits", (day: string) => Date.parse(`${day}T10:00:00Z`) / 1000],
    ["with only the date of the push", () => push],
    ["with dates after the push, which nobody can have meant", () => push + 10_000_000],
    ["with dates of the beginning of time", () => 0],
  ] as const) {
    test(`what came in one push is told apart by its own dates, in an archive ${name}`, async () => {
      const commits = dates.map((day): Commit => ({ add: mail(rfcDate(day), day), time: push, written: written(day) }));
      const repository = await archive(`${name.replaceAll(" ", "-")}.git`, commits);
      const range = await readRange(repository, "public-inbox", { from: "2026-06-20", to: "2026-06-27" });
      assert.deepEqual([range.from, range.to, range.count, range.mails.length], ["2026-06-20", "2026-06-27", 3, 3]);
      assert.deepEqual(await titles(repository, "2026-06-20", "2026-06-27"), ["2026-06-20", "2026-06-24", "2026-06-27"]);
      assert.deepEqual(await titles(repository, null, "2026-06-19"), dates.slice(0, 2));
      assert.deepEqual(await titles(repository, "2026-06-28", null), dates.slice(5));
      assert.deepEqual(await titles(repository, "2026-06-20T10:00", "2026-06-24T10:00"), dates.slice(2, 4));
      assert.deepEqual(await titles(repository, "2026-06-20T10:00:01", "2026-06-24T09:59:59"), []);
      assert.equal(await newestMail(repository, "public-inbox"), Date.parse("2026-07-01T10:00:00Z"));
    });
  }

  test("relative dates count from the newest mail, or from the moment that is given", async () => {
    const repository = await archive(
      "relative.git",
      dates.map((day): Commit => ({ add: mail(rfcDate(day), day), time: push })),
    );
    assert.deepEqual(await titles(repository, "1.week.ago", null), dates.slice(3));
    assert.deepEqual(await titles(repository, "yesterday", "now"), dates.slice(6));
    assert.deepEqual(await titles(repository, "last sunday", null), dates.slice(5));
    assert.deepEqual(await titles(repository, null, "1 month ago"), dates.slice(0, 1));
    assert.deepEqual(await titles(repository, "1.week.ago", null, { now: Date.parse("2026-07-05T10:00:00Z") }), dates.slice(5));
  });

  test("a mail that came before its own date is of the day it came", async () => {
    const commits = [
      { add: mail(rfcDate("2027-01-01"), "ahead"), time: push },
      { add: mail("no date at all", "undated"), time: push },
      { add: mail(rfcDate("2026-06-30"), "sound"), time: push },
    ];
    const repository = await archive("clocks.git", commits);
    assert.deepEqual(await titles(repository, "2026-07-02", "2026-07-02"), ["ahead", "undated"]);
    assert.deepEqual(await titles(repository, "2026-07-03", null), []);
  });

  test("between commits are the mails that came between them, whatever their dates", async () => {
    const repository = await archive(
      "commits.git",
      [...dates].reverse().map((day, at): Commit => ({ add: mail(rfcDate(day), day), time: push + at })),
    );
    const commits = git(repository, ["rev-list", "--reverse", "master"]).trim().split("\n");
    const [from = "", to = ""] = [commits[1], commits[4]];
    const range = await readRange(repository, "public-inbox", { from, to });
    assert.deepEqual([range.from, range.to, range.end], [from.slice(0, 9), to.slice(0, 9), to]);
    assert.deepEqual(await titles(repository, from, to), ["2026-06-27", "2026-06-24", "2026-06-20"]);
    // The newest of the archive is no longer its last.
    assert.equal(await newestMail(repository, "public-inbox"), Date.parse("2026-07-01T10:00:00Z"));
    assert.deepEqual(await titles(repository, from, "2026-06-20"), ["2026-06-20", "2026-06-19", "2026-06-01"]);
    await assert.rejects(readRange(repository, "public-inbox", { from: to, to: from }), /came before .*, so the range is empty; swap them/);
  });

  test("where the next range begins is before what was too new for this one", async () => {
    const days = ["2026-06-20", "2026-06-28", "2026-06-21"];
    const repository = await archive(
      "end.git",
      days.map((day): Commit => ({ add: mail(rfcDate(day), day), time: push })),
    );
    const [first = ""] = git(repository, ["rev-list", "--reverse", "master"]).trim().split("\n");
    const { end } = await readRange(repository, "public-inbox", { from: null, to: "2026-06-22" });
    assert.equal(end, first);
    let breaths = 0;
    await readRange(repository, "public-inbox", { from: null, to: null }, { breathe: () => Promise.resolve(breaths++) });
    // Once for each commit, and once for its mail.
    assert.equal(breaths, 2 * days.length);
    assert.deepEqual(await titles(repository, end, null), ["2026-06-28", "2026-06-21"]);
  });

  test("a history of more commits than a call takes arguments is read, and others have a turn meanwhile", async () => {
    const repository = await archive("long.git", [{ add: mail(rfcDate("2026-06-01"), "only"), time: push }]);
    const count = 200_000;
    const binary = path.join(folder, "git");
    // Stands for git, which would have to make all of them first.
    const lines = `awk 'BEGIN { for (at = 1; at <= ${count}; at++) printf ">%040x ${push} ${push} \\n:000000 100644 %040d %040x A\\tm\\n", at, 0, at }'`;
    writeFileSync(binary, `#!/bin/sh\ncase "$*" in *--raw*) ${lines} ;; *) exec git "$@" ;; esac\n`, { mode: 0o755 });
    let turns = 0;
    const breathe = (): Promise<unknown> => Promise.resolve(turns++);
    const range = await readRange(repository, "public-inbox", { from: "2027-01-01", to: null }, { git: binary, breathe });
    assert.deepEqual([range.count, turns], [0, count]);
  });

  test("an empty range names its ends as they were asked for", async () => {
    const repository = await archive("empty.git", [{ add: mail(rfcDate("2026-06-20"), "one"), time: push }]);
    const [only = ""] = git(repository, ["rev-list", "master"]).trim().split("\n");
    const ends = async (from: string | null, to: string | null): Promise<[string, string, number]> => {
      const range = await readRange(repository, "public-inbox", { from, to });
      return [range.from, range.to, range.count];
    };
    assert.deepEqual(await ends("2026-02-01", "2026-02-28"), ["2026-02-01", "2026-02-28", 0]);
    assert.deepEqual(await ends("2026-07-01T12:00", null), ["2026-07-01T12:00:00Z", "", 0]);
    assert.deepEqual(await ends(only, only), [only.slice(0, 9), only.slice(0, 9), 0]);
  });

  test("files: the same dates, and a mail without one is of no time in particular", async () => {
    const file = path.join(folder, "list.mbox");
    const mails = [...dates.map((day) => mail(rfcDate(day), day)), mail("never", "undated"), mail(rfcDate("2026-06-25"), "x", "Re: talk")];
    writeFileSync(file, mails.map((one) => `From mboxrd@z Thu Jan  1 00:00:00 1970\n${one.toString()}\n`).join(""));
    const read = async (from: string | null, to: string | null): Promise<string[]> =>
      (await readRange(file, "mbox", { from, to })).mails.map(({ subject }) => subject.slice(8)).reverse();
    assert.deepEqual(await read("2026-06-20", "2026-06-27"), ["2026-06-20", "2026-06-24", "2026-06-27"]);
    assert.deepEqual(await read("1.week.ago", null), dates.slice(3));
    assert.deepEqual(await read(null, null), ["undated", ...dates]);
    let breaths = 0;
    await readRange(file, "mbox", { from: null, to: null }, { breathe: () => Promise.resolve(breaths++) });
    assert.ok(breaths > 0);
    const talk = await readRange(file, "mbox", { from: "2026-06-25", to: "2026-06-25" });
    assert.deepEqual([talk.mails.length, talk.count], [0, 1]);
    assert.equal(await newestMail(file, "mbox"), Date.parse("2026-07-01T10:00:00Z"));
    await assert.rejects(readRange(file, "mbox", { from: "0123abc", to: null }), /is not a date/);
  });
});
