import assert from "node:assert/strict";
import { root } from "../../host/paths";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildIndex, type BuildResult } from "../../../src/index/build";
import { openIndex } from "../../../src/index/reader";
import { makeMail, messageIdOf, planArchive } from "../../support/archiveMails";
import { dumpIndex } from "../../support/archivesDump";
import { commitMails, git, seededCommits } from "../../support/makeArchive";

const seed = 31;

suite("an index of what is broken", () => {
  const folder = mkdtempSync(join(tmpdir(), "kvm-series-bad-"));
  const { plans } = planArchive(seed, 200);
  const good = join(folder, "good.git");
  let count = 0;

  suiteSetup(() => commitMails(good, seededCommits(seed, plans)));
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  /** In one pack. */
  const packedArchive = async (): Promise<string> => {
    const path = join(folder, `bad${++count}.git`);
    await commitMails(path, seededCommits(seed, plans));
    git(path, ["repack", "-adfq"]);
    return path;
  };

  /** Each object in a file of its own. */
  const looseArchive = async (mails = plans.length): Promise<string> => {
    const path = join(folder, `loose${++count}.git`);
    await commitMails(path, seededCommits(seed, plans, 0, mails));
    const packs = join(path, "objects", "pack");
    const aside = join(folder, `packs${count}`);
    renameSync(packs, aside);
    mkdirSync(packs);
    for (const name of readdirSync(aside).filter((one) => one.endsWith(".pack")))
      spawnSync("git", ["unpack-objects", "-q"], { cwd: path, input: readFileSync(join(aside, name)) });
    return path;
  };

  const looseObject = (path: string, name: string): string => {
    const oid = git(path, ["rev-parse", name]).trim();
    return join(path, "objects", oid.slice(0, 2), oid.slice(2));
  };

  /** Indexes something together with a good archive, and says what was said. */
  const said = async (source: string, options: { git?: string } = {}): Promise<BuildResult & { sentences: string }> => {
    const file = join(folder, `said${++count}.db`);
    const result = await buildIndex([source, good], file, options);
    assert.ok(dumpIndex(file).includes('integrity ["ok"]'));
    return { ...result, sentences: result.problems.map(({ message }) => message).join("\n") };
  };

  const onlyOneSentence = (text: string): void => assert.match(text, /^[A-Z“][^\n]*[.]$/);

  test("a path that is not there, or no archive", async () => {
    for (const [name, expected] of [
      ["absent", /no such file/],
      ["empty", /not a mail archive/],
      ["binary", /not a mail archive/],
    ] as const) {
      const path = join(folder, name);
      if (name === "empty") mkdirSync(path);
      if (name === "binary") writeFileSync(path, Buffer.alloc(5000, 7));
      const { sentences, mails } = await said(path);
      assert.match(sentences, expected);
      onlyOneSentence(sentences);
      assert.equal(mails, 200);
    }
  });

  test("a git repository of something else", async () => {
    const path = join(folder, "code.git");
    const work = join(folder, "code");
    mkdirSync(work);
    git(work, ["init", "--quiet"]);
    writeFileSync(join(work, "main.c"), "int main(void) { return 0; }\n");
    git(work, ["add", "."]);
    git(work, ["-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", "first"]);
    git(work, ["clone", "--quiet", "--bare", ".", path]);
    const { sentences, mails } = await said(path);
    assert.match(sentences, /no commit in it adds a mail/);
    onlyOneSentence(sentences);
    assert.equal(mails, 200);
  });

  test("a repository without commits holds nothing, and that is no problem", async () => {
    const path = join(folder, "none.git");
    mkdirSync(path);
    git(path, ["init", "--quiet", "--bare", "."]);
    assert.equal((await said(path)).sentences, "");
  });

  test("a pack that is cut off, or damaged in one place", async () => {
    for (const damage of ["cut", "hole"]) {
      const path = await packedArchive();
      const packs = join(path, "objects", "pack");
      const pack = join(
        packs,
        readdirSync(packs).find((name) => name.endsWith(".pack"))!,
      );
      chmodSync(pack, 0o644);
      if (damage === "cut") truncateSync(pack, Math.floor(statSync(pack).size * 0.7));
      else {
        const bytes = readFileSync(pack);
        const hole = Math.floor(bytes.length * 0.6);
        bytes.fill(0xaa, hole, hole + 200);
        writeFileSync(pack, bytes);
      }
      const { sentences, mails } = await said(path);
      // What git says depends on which objects the hole is in, and that on how the pack came to be written.
      assert.match(sentences, /damaged|cannot be read|missing/);
      for (const sentence of sentences.split("\n")) onlyOneSentence(sentence);
      assert.ok(mails >= 200);
    }
  });

  test("a broken archive is one problem, however many of its mails are broken", async () => {
    const path = await looseArchive(20);
    const broken = [2, 3, 5, 8].map((back) => looseObject(path, `master~${back}:m`));
    for (const object of broken) rmSync(object);
    const file = join(folder, "broken.db");
    const { problems } = await buildIndex([path], file);
    assert.deepEqual([problems.length, problems[0]?.details?.length], [1, broken.length]);
    const reader = openIndex(file);
    assert.ok(reader);
    assert.deepEqual(
      reader.problems.map(({ message, details }) => ({ message, details })),
      [{ message: problems[0]?.message, details: problems[0]?.details }],
    );
    reader.close();
  });

  test("an object that is missing: the others are there, and when it is back so is its mail", async () => {
    const path = await looseArchive(50);
    const oid = git(path, ["rev-parse", "master~20:m"]).trim();
    const object = looseObject(path, oid);
    const bytes = readFileSync(object);
    rmSync(object);
    const file = join(folder, "missing.db");
    const first = await buildIndex([path], file);
    assert.equal(first.mails, 49);
    assert.match(first.problems[0]!.message, new RegExp(`${oid} is missing`));
    writeFileSync(object, bytes);
    const second = await buildIndex([path], file);
    assert.equal(second.mails, 50);
    assert.deepEqual(second.problems, []);
  });

  test("a mail of 33 MB is passed over with a sentence, which stays when others come", async () => {
    const path = join(folder, "huge.git");
    const huge = Buffer.concat([
      Buffer.from("From: a@example.org\nSubject: huge\nMessage-ID: <huge@example.org>\n\n"),
      Buffer.alloc(33 * 1024 * 1024, "x\n"),
    ]);
    await commitMails(path, [...seededCommits(seed, plans, 0, 5), { add: huge, time: plans[5]!.time }]);
    const [grown, fresh] = [join(folder, "grown.db"), join(folder, "fresh.db")];
    await buildIndex([path], grown);
    await commitMails(path, seededCommits(seed, plans, 6, 12));
    for (const file of [grown, fresh]) {
      const { problems, mails } = await buildIndex([path], file);
      assert.match(problems[0]!.message, /is 33 MB; mails are read up to 32 MB\.$/);
      assert.equal(mails, 11);
    }
    assert.deepEqual(dumpIndex(grown), dumpIndex(fresh));
  });

  test("mails without Received, Date or Message-ID take the date of their commit", async () => {
    const path = join(folder, "bare.git");
    const bare = plans.slice(0, 60).map((plan, at) => {
      const text = makeMail(seed, plan).toString("latin1");
      const without = text
        .replace(/^(?:X-)?Received:.*\n(?:[ \t].*\n)*/gm, "")
        .replace(/^Date:.*\n/m, at % 3 === 0 ? "" : "Date: Fri, 1 Jan 2099 00:00:00 +0000\n");
      return { add: Buffer.from(at % 5 === 0 ? without.replace(/^Message-ID:.*\n/m, "") : without, "latin1"), time: plan.time };
    });
    await commitMails(path, bare.slice(0, 40));
    const file = join(folder, "bare.db");
    await buildIndex([path], file);
    await commitMails(path, bare.slice(40));
    await buildIndex([path], file);
    const reader = openIndex(file);
    assert.ok(reader);
    assert.equal(reader.counts.mails, 60);
    const [facts] = reader.facts(messageIdOf(seed, plans[1]!));
    assert.equal(facts?.date, plans[1]!.time * 1000);
    reader.close();
    const fresh = join(folder, "bare2.db");
    await buildIndex([path], fresh);
    assert.deepEqual(dumpIndex(file), dumpIndex(fresh));
  });

  test("no git, and a git that does not know what is asked", async () => {
    const absent = await said(join(folder, "good.git"), { git: join(folder, "no-such-git") });
    assert.match(absent.sentences, /Git was not found/);
    const old = join(folder, "old-git");
    writeFileSync(old, '#!/bin/sh\necho "error: unknown option \\`batch-all-objects\'" >&2\necho "usage: git cat-file" >&2\nexit 129\n');
    chmodSync(old, 0o755);
    const { sentences } = await said(good, { git: old });
    assert.match(sentences, /too old/);
    onlyOneSentence(sentences);
  });

  test("a full disk: one sentence, and the index that was there is whole", () => {
    if (process.platform === "win32") return;
    const file = join(folder, "full.db");
    const child = join(root, "out", "test", "support", "archivesChild.js");
    // A limit on the size of files acts as a full disk does, and needs no disk.
    const run = spawnSync("bash", ["-c", `trap '' XFSZ; ulimit -f 40; exec "$0" "$@"`, process.execPath, child, file, "0", good], {
      encoding: "utf8",
    });
    assert.notEqual(run.status, 0);
    assert.match(run.stderr, /disk is full or failing/);
    const again = spawnSync(process.execPath, [child, file, "0", good], { encoding: "utf8" });
    assert.equal(again.status, 0, again.stderr);
    assert.equal(openIndex(file)?.counts.mails, 200);
  });
});
