/** Evidence between postings that reach an index in two refreshes, in every order. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildIndex } from "../../../src/index/build";
import { openIndex } from "../../../src/index/reader";
import { dumpIndex } from "../../support/archivesDump";
import { type JoinCase, joined, mailBytes } from "../../support/joinCases";
import { type MadeMail, start } from "../../support/madeMail";
import { commitMails } from "../../support/makeArchive";

/** The mails of a case under titles, files and ids of its own, so that all cases can stand in one archive. */
function apartFromOthers({ postings }: JoinCase, number: number): MadeMail[][] {
  const text = JSON.stringify(postings)
    .replaceAll("KVM:", `KVM${number}:`)
    .replaceAll(/\b(?=arch\/|made\/)/g, `case${number}/`)
    .replaceAll(/\b([a-d]1?-[\dr](?:@|%40))/g, `case${number}-$1`);
  return JSON.parse(text) as MadeMail[][];
}

suite("joins in an index that grows", () => {
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-joins-"));
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));
  const cases = joined.map(apartFromOthers);
  const mails = cases.flat(2);
  const truth = joined.flatMap(({ expected }) => expected).length;

  const orders: ReadonlyArray<readonly [string, (postings: ReadonlyArray<readonly MadeMail[]>) => readonly MadeMail[]]> = [
    ["the older posting first", ([older]) => older ?? []],
    ["the older posting last", ([, ...newer]) => newer.flat()],
    ["the newest posting first", (postings) => postings.at(-1) ?? []],
    ["one mail first", (postings) => postings.flat().slice(0, 1)],
    ["the last mail first", (postings) => postings.flat().slice(-1)],
    ["the last mail last", (postings) => postings.flat().slice(0, -1)],
    ["every other mail first", (postings) => postings.flat().filter((_, at) => at % 2 === 0)],
  ];
  for (const [name, choose] of orders) {
    test(name, async () => {
      const first = new Set(cases.flatMap(choose));
      const place = (kind: string): string => join(folder, `${name}.${kind}`);
      const add = (some: readonly MadeMail[], later: number): Promise<void> =>
        commitMails(
          place("git"),
          some.map((mail, at) => ({ add: mailBytes(mail), time: Math.floor(start / 1000) + 400 * 24 * 3600 + later + at })),
        );
      await add([...first], 0);
      await buildIndex([place("git")], place("grown.db"));
      await add(
        mails.filter((mail) => !first.has(mail)),
        1000,
      );
      await buildIndex([place("git")], place("grown.db"));
      await buildIndex([place("git")], place("fresh.db"));
      assert.deepEqual(dumpIndex(place("grown.db")), dumpIndex(place("fresh.db")));
      const reader = openIndex(place("grown.db"));
      assert.ok(reader);
      assert.equal(reader.counts.series, truth);
      reader.close();
    });
  }
});
