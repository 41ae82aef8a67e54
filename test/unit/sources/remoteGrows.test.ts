/** A mirror follows its archive: new mails, a rewritten history, new epochs; and the index follows the mirror. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildIndex } from "../../../src/index/build";
import { openIndex } from "../../../src/index/reader";
import { remoteFolder } from "../../../src/sources/remoteEpochs";
import { dumpIndex } from "../../support/archivesDump";
import { type FrontServer, type InboxServer, startFrontServer, startInboxServer, withoutPublicInbox } from "../../support/inboxServer";
import { commitMails, git } from "../../support/makeArchive";
import { good, headOf, inWords, mail, month, pass } from "../../support/remoteList";

suite("a remote archive that grows", function () {
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-grows-"));
  const growing = join(folder, "served", "growing");
  const place = join(folder, "growing");
  const file = join(folder, "growing.db");
  const newest = join(growing, "git", "0.git");
  let served: FrontServer | null = null;
  let behind: InboxServer | null = null;
  const sync = async (months: number | null = 3): Promise<string> => {
    const { folder: mirror, changed } = await good(`${served?.url ?? ""}/growing`, { storage: place, months });
    await buildIndex([mirror], file);
    const fresh = join(folder, "growing-fresh.db");
    rmSync(fresh, { force: true });
    await buildIndex([mirror], fresh);
    assert.deepEqual(dumpIndex(file), dumpIndex(fresh));
    return `${changed ? "" : "un"}changed: ${inWords(mirror)}, ${openIndex(file)?.counts.mails ?? 0} mails`;
  };

  suiteSetup(async function () {
    const reason = withoutPublicInbox();
    if (reason !== null) {
      console.log(`    ${reason}`);
      this.skip();
    }
    const gone = mail(month("2020-02"), "gone");
    await commitMails(newest, [
      mail(month("2020-01"), "g1"),
      gone,
      mail(month("2020-09"), "g9"),
      { remove: gone.add, time: month("2020-09") + 60 },
      mail(month("2020-10"), "g10"),
    ]);
    behind = await startInboxServer({ growing });
    served = await startFrontServer(behind.url, pass);
  });
  suiteTeardown(() => {
    served?.stop();
    behind?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("is shallow at first: a mail whose removal alone is in sight is none", async () => {
    assert.equal(await sync(), "changed: git/0.git 3 shallow, 2 mails");
    assert.equal(await sync(), "unchanged: git/0.git 3 shallow, 2 mails");
  });

  test("gets what is new and keeps its beginning", async () => {
    await commitMails(newest, [mail(month("2021-03"), "g3")]);
    assert.equal(await sync(), "changed: git/0.git 4 shallow, 3 mails");
  });

  test("gets a rewritten history in place of the old one, no deeper than before", async () => {
    const old = headOf(newest);
    // All is committed anew, as a purge does, so that no commit is the one it was.
    rmSync(newest, { recursive: true });
    await commitMails(newest, [
      mail(month("2020-01"), "g1-rewritten"),
      mail(month("2020-09"), "g9"),
      mail(month("2021-03"), "g3"),
      mail(month("2021-03") + 60, "g4"),
    ]);
    assert.equal(await sync(), "changed: git/0.git 3 shallow, 3 mails");
    const mirrored = join(remoteFolder(place, `${served?.url ?? ""}/growing`), "git", "0.git");
    assert.equal(spawnSync("git", ["cat-file", "-e", old], { cwd: mirrored }).status, 1, "what was purged is gone");
  });

  test("is deepened, which the index notices although the newest commit is the same", async () => {
    assert.equal(await sync(null), "changed: git/0.git 4, 4 mails");
    assert.equal(await sync(3), "unchanged: git/0.git 4, 4 mails");
  });

  test("gets its next epoch", async () => {
    await commitMails(join(growing, "git", "1.git"), [mail(month("2021-04"), "e1"), mail(month("2021-05"), "e2")]);
    // It looks for new epochs once a while; a new one looks at once.
    behind?.stop();
    behind = await startInboxServer({ growing });
    if (served) served.behind = behind.url;
    assert.equal(await sync(), "changed: git/0.git 4, git/1.git 2, 6 mails");
  });

  test("leaves few packs", async () => {
    const packs = (): number => {
      const all = readdirSync(join(remoteFolder(place, `${served?.url ?? ""}/growing`), "git", "1.git", "objects", "pack"));
      return all.filter((name) => name.endsWith(".pack")).length;
    };
    const before = packs();
    await commitMails(join(growing, "git", "1.git"), [mail(month("2021-06"), "e3")]);
    await sync();
    assert(packs() > before);
    const mirror = join(remoteFolder(place, `${served?.url ?? ""}/growing`), "git", "1.git");
    for (let at = 0; packs() <= 40; at++) {
      const object = git(mirror, ["hash-object", "-w", "--stdin"], `${at}`).trim();
      git(mirror, ["pack-objects", "-q", "objects/pack/pack"], `${object}\n`);
    }
    await commitMails(join(growing, "git", "1.git"), [mail(month("2021-07"), "e4")]);
    assert.equal(await sync(), "changed: git/0.git 4, git/1.git 4, 8 mails");
    assert(packs() < 40, `${packs()}`);
  });
});
