/** The ways in which archives change. Whatever happened to one, its index is table for table the one that is built afresh. */
import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildIndex, type BuildResult } from "../../../src/index/build";
import { openIndex } from "../../../src/index/reader";
import { fillSearch } from "../../../src/index/search";
import { makeMail, type MailPlan, planArchive } from "../../support/archiveMails";
import { dumpIndex } from "../../support/archivesDump";
import { badMail, mboxOf } from "../../support/badMails";
import { type Commit, commitMails, git } from "../../support/makeArchive";

const seed = 7;
const mails = 120;
/** The first mail of the second epoch, and the first that comes when the index stands. */
const [second, coming] = [40, 90];

suite("an index whose archive changes", () => {
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-ways-"));
  const at = (...names: string[]): string => join(folder, ...names);
  const { plans } = planArchive(seed, mails);
  const list = at("list");
  const epoch = (number: number): string => join(list, "git", `${number}.git`);
  const file = at("list.db");

  /** Every fourth mail was stamped by no server, so that only its commit tells when it came. */
  const mailOf = (plan: MailPlan, place: number): Buffer => {
    const mail = makeMail(seed, plan).toString("latin1");
    return Buffer.from(place % 4 === 0 ? mail.replace(/^(?:X-)?Received:.*\n(?:[ \t].*\n)*/gm, "") : mail, "latin1");
  };
  const stored = plans.map(mailOf);
  const time = (place: number): number => plans[place]!.time + 60;
  const added = (from: number, to: number, without: readonly number[] = []): Commit[] =>
    stored.flatMap((add, place) => (place < from || place >= to || without.includes(place) ? [] : [{ add, time: time(place) }]));
  const taken = (...places: number[]): Commit[] => places.map((place) => ({ remove: stored[place]!, time: time(mails - 1) + place }));
  const again = (...places: number[]): Commit[] => places.map((place) => ({ add: stored[place]!, time: time(mails - 1) + 1000 + place }));

  /** Makes a repository anew, without a commit of the one that it was. */
  const anew = async (repository: string, commits: readonly Commit[]): Promise<void> => {
    rmSync(repository, { recursive: true });
    await commitMails(repository, commits);
  };
  const setBack = (repository: string, mailsLess: number): void =>
    void git(repository, ["update-ref", "refs/heads/master", git(repository, ["rev-parse", `master~${mailsLess}`]).trim()]);
  /** Puts each object into a file of its own. */
  const unpack = (repository: string): void => {
    const packs = join(repository, "objects", "pack");
    renameSync(packs, at("packs"));
    for (const name of readdirSync(at("packs")).filter((one) => one.endsWith(".pack")))
      git(repository, ["unpack-objects", "-q"], readFileSync(at("packs", name)));
    rmSync(at("packs"), { recursive: true });
  };
  const restore = (): void => {
    for (const place of [list, at("moved"), at("other.git")]) rmSync(place, { recursive: true, force: true });
    cpSync(at("kept"), list, { recursive: true });
  };

  const index = async (sources: readonly string[], into: string): Promise<BuildResult> => {
    const result = await buildIndex(sources, into);
    while (((await fillSearch(into)) ?? 0) > 0);
    return result;
  };
  let stood: readonly string[] = [];

  suiteSetup(async () => {
    await commitMails(epoch(0), [...added(0, second), ...taken(3)]);
    await commitMails(epoch(1), added(second, coming));
    cpSync(list, at("kept"), { recursive: true });
    await index([list], at("stood.db"));
    stood = dumpIndex(at("stood.db"));
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  /** Brings the index up to date and compares it. */
  const follow = async (sources: readonly string[], expected?: readonly string[]): Promise<BuildResult> => {
    const result = await index(sources, file);
    if (!expected) {
      rmSync(at("fresh.db"), { force: true });
      await index(sources, at("fresh.db"));
    }
    assert.deepEqual(dumpIndex(file), expected ?? dumpIndex(at("fresh.db")));
    return result;
  };

  /** What happens, step by step, each followed by a refresh; `null` is the archive as it was. */
  type Way = readonly [name: string, steps: ReadonlyArray<(() => unknown) | null>, sources?: readonly string[]];
  const ways: readonly Way[] = [
    ["mails come", [() => commitMails(epoch(1), added(coming, mails)), null]],
    [
      "mails are taken out, and some come back",
      [() => commitMails(epoch(0), taken(8, 9, 30)), () => commitMails(epoch(0), again(8, 9)), null],
    ],
    ["a mail goes and comes back between two refreshes", [() => commitMails(epoch(0), [...taken(8, 9), ...again(8, 9)])]],
    [
      "a history is set back, and goes on otherwise",
      [() => setBack(epoch(1), 17), () => commitMails(epoch(1), added(coming, mails)), null],
    ],
    ["a history is written anew", [() => anew(epoch(1), added(second + 20, mails, [75, 99])), null]],
    ["a mail is purged out of a history", [() => anew(epoch(1), added(second, coming, [50])), null]],
    ["git collects garbage", [() => setBack(epoch(1), 17), () => git(epoch(1), ["gc", "--quiet", "--prune=now"]), null]],
    ["a repository is packed otherwise", [() => git(epoch(0), ["repack", "-adfq", "--depth=50"]), () => unpack(epoch(0)), null]],
    ["an epoch begins", [() => commitMails(epoch(2), added(coming, mails)), null]],
    ["an epoch goes, and comes back", [() => rmSync(epoch(1), { recursive: true }), null]],
    ["an epoch gets another number", [() => renameSync(epoch(1), epoch(5)), null]],
    ["another archive is added", [() => commitMails(at("other.git"), added(30, mails)), null], [list, at("other.git")]],
    ["an archive is moved", [() => renameSync(list, at("moved")), null], [at("moved")]],
  ];
  for (const [name, steps, sources = [list]] of ways) {
    test(name, async () => {
      restore();
      cpSync(at("stood.db"), file);
      for (const step of steps) {
        if (step) await step();
        else restore();
        await (step ? follow(sources) : follow([list], stood));
      }
    });
  }

  test("mails in files are read elsewhere, go, and come twice", async () => {
    const [box, mbox] = [at("maildir"), at("list.mbox")];
    const mail = (number: number): Buffer => badMail({ number });
    for (const name of ["cur", "new"]) mkdirSync(join(box, name), { recursive: true });
    for (const number of [1, 2, 3]) writeFileSync(join(box, "new", `${number}`), mail(number));
    writeFileSync(mbox, mboxOf(mail(4), mail(5), mail(6)));
    rmSync(file);
    const steps = [
      () => undefined,
      () => writeFileSync(mbox, mboxOf(mail(4), mail(5), mail(6), mail(7), mail(5))),
      // A mail program has read one, and deleted one.
      () => renameSync(join(box, "new", "1"), join(box, "cur", "1:2,S")),
      () => rmSync(join(box, "new", "2")),
      () => writeFileSync(mbox, mboxOf(mail(6), mail(7), mail(5))),
      () => renameSync(join(box, "cur", "1:2,S"), join(box, "cur", "1:2,RS")),
    ];
    for (const step of steps) {
      step();
      await follow([box, mbox]);
    }
    const reader = openIndex(file);
    const found = await reader?.mails([1, 2, 3, 4, 5, 6, 7].map((number) => `bad${number}@example.org`));
    reader?.close();
    assert.deepEqual(
      [...(found?.keys() ?? [])].sort(),
      [1, 3, 5, 6, 7].map((number) => `bad${number}@example.org`),
    );
  });

  /** Does something without the rights of root, who may read everything. The archive then belongs to who does it. */
  const asNobody = async <T>(what: () => Promise<T>): Promise<T> => {
    if (process.geteuid?.() !== 0) return what();
    const nobody = 65534;
    const give = (place: string, owner: number): void => {
      chownSync(place, owner, owner);
      for (const name of readdirSync(place, { recursive: true, encoding: "utf8" })) chownSync(join(place, name), owner, owner);
    };
    const home = process.env["HOME"];
    give(folder, nobody);
    process.env["HOME"] = folder;
    process.seteuid?.(nobody);
    try {
      return await what();
    } finally {
      process.seteuid?.(0);
      process.env["HOME"] = home;
      give(folder, 0);
    }
  };

  test("what may not be read stays, and is followed when it may be read again", async () => {
    restore();
    cpSync(at("stood.db"), file);
    await commitMails(epoch(1), added(coming, mails));
    await asNobody(async () => {
      for (const place of [list, epoch(1), join(epoch(1), "HEAD"), join(epoch(1), "objects", "pack")]) {
        chmodSync(place, 0);
        const { problems, removed } = await index([list], file).finally(() => chmodSync(place, 0o755));
        assert.deepEqual([problems.length, removed], [1, 0], place);
        assert.match(problems[0]!.message, /^You have no permission to read /);
      }
    });
    await follow([list]);
  });
});
