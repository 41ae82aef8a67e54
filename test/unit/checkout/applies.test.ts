import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { checkApplies } from "../../../src/checkout/applies";
import { openApplyCache } from "../../../src/checkout/cachedAnswers";
import type { ApplyAnswer } from "../../../src/core/series/applyAnswer";
import type { Revision, Series } from "../../../src/core/series/series";
import { Author, commit, git, type Ground, makeGround } from "../../support/applyGround";

/** What is known of each series by how it was made. */
const truth: Readonly<Record<string, Partial<ApplyAnswer>>> = {
  applies: { state: "applies" },
  offset: { state: "applies", offset: 5 },
  merges: { state: "applies-3way" },
  collides: { state: "conflicts", patch: 2, file: "virt/kvm/kvm_main.c" },
  halfway: { state: "base-unknown", patch: 2, file: "virt/kvm/kvm_main.c" },
  taken: { state: "already-in", alreadyIn: [1, 2] },
  partly: { state: "applies", alreadyIn: [1] },
  renamed: { state: "applies-3way" },
  removed: { state: "conflicts", patch: 1, file: "arch/x86/kvm/gone.c" },
  exists: { state: "conflicts", patch: 1, file: "include/made.h" },
  passing: { state: "conflicts", patch: 1, file: "include/made.h" },
  binary: { state: "applies" },
  unbinary: { state: "unknown", patch: 1, file: "media/picture.bin", why: "A binary file was sent without its contents." },
  both: { state: "conflicts", patch: 1, file: "virt/kvm/kvm_main.c" },
  missing: { state: "incomplete", missing: [2] },
  damaged: { state: "incomplete", patch: 1, mangled: [1] },
  baseless: { state: "base-unknown", patch: 1, file: "virt/kvm/kvm_main.c" },
  abroad: { state: "not-in-this-tree" },
  needed: { state: "applies" },
  based: { state: "conflicts", patch: 1, file: "virt/kvm/kvm_main.c" },
  mode: { state: "applies" },
};

const nameOf = ({ title }: Series): string => /^KVM: (\w+)/.exec(title)?.[1] ?? "";

suite("whether series apply", () => {
  let folder = "";
  let ground: Ground;
  let all: readonly Series[];

  suiteSetup(() => {
    folder = mkdtempSync(path.join(tmpdir(), "kvm-series-applies-"));
    ground = makeGround(folder);
    all = ground.author.series();
  });
  suiteTeardown(() => rmSync(folder, { recursive: true, force: true }));

  const mails = (ids: readonly string[]) => ground.author.mails(ids);
  const named = (name: string): Series => {
    const found = all.find((one) => nameOf(one) === name);
    assert(found, `there is no series ${name}`);
    return found;
  };
  const answerTo = async (name: string, base = "HEAD", top = ground.tree): Promise<ApplyAnswer> => {
    const { answers } = await checkApplies(top, { base }, [named(name)], { mails, known: all });
    const [answer] = answers.values();
    assert(answer);
    return answer;
  };
  const assertAnswer = (answer: ApplyAnswer, expected: Partial<ApplyAnswer>): void => {
    const said = Object.fromEntries(
      Object.keys({ alreadyIn: 0, offset: 0, patch: 0, ...expected }).map((key) => [key, answer[key as keyof ApplyAnswer]]),
    );
    assert.deepEqual(said, { alreadyIn: [], offset: 0, patch: null, ...expected });
  };

  for (const [name, expected] of Object.entries(truth)) {
    test(name, async () => assertAnswer(await answerTo(name), expected));
  }

  test("a series that needs another one applies on top of it", async () => {
    const { id, title } = named("needed");
    const answer = await answerTo("needs");
    assertAnswer(answer, { state: "applies", onTopOf: [{ id, title }] });
    const alone = await checkApplies(ground.tree, { base: "HEAD" }, [named("needs")], { mails, known: [] });
    assertAnswer([...alone.answers.values()][0] ?? assert.fail(), { state: "base-unknown", patch: 1, onTopOf: [] });
  });

  test("the commit it was made for is tried too, where the repository has it", async () => {
    assert.deepEqual((await answerTo("based")).base, { commit: ground.base, applies: true });
  });

  test("another commit than HEAD is another answer", async () => {
    assertAnswer(await answerTo("collides", ground.base), { state: "applies" });
    assertAnswer(await answerTo("taken", ground.base.slice(0, 12)), { state: "applies" });
  });

  test("all at once give the same answers, each as soon as it is there", async () => {
    const came: string[] = [];
    const { answers, commit: at } = await checkApplies(ground.tree, { base: "main" }, all, {
      mails,
      known: all,
      answered: (series) => came.push(nameOf(series)),
    });
    assert.equal(at, git(ground.tree, ["rev-parse", "HEAD"]).trim());
    assert.deepEqual(came, all.map(nameOf));
    for (const [name, expected] of Object.entries(truth)) assertAnswer(answers.get(named(name).id) ?? assert.fail(), expected);
  });

  test("git am -3 agrees", async () => {
    const { answers } = await checkApplies(ground.tree, { base: "HEAD" }, all, { mails, known: all });
    const clone = path.join(folder, "am");
    // The objects of the person's repository and no others: what the author has beside them stays unknown.
    git(folder, ["clone", "-q", `file://${ground.tree}`, clone]);
    const head = git(clone, ["rev-parse", "HEAD"]).trim();
    for (const series of all) {
      const answer = answers.get(series.id) ?? assert.fail();
      if (answer.onTopOf.length > 0 || answer.missing.length > 0) continue;
      const revision = series.revisions.at(-1) ?? assert.fail();
      const found = await mails(revision.patches.map(({ messageId }) => messageId ?? ""));
      const box = [...found.values()]
        .map((bytes) => `From mboxrd@z Thu Jan  1 00:00:00 1970\n${Buffer.from(bytes).toString("utf8")}\n`)
        .join("");
      let takes = true;
      try {
        git(clone, ["am", "-q", "-3"], box);
      } catch {
        takes = false;
        git(clone, ["am", "--abort"]);
      }
      git(clone, ["reset", "-q", "--hard", head]);
      // git am sees that one patch is in, not that a later one has gone over it since.
      if (nameOf(series) === "taken") assert.equal(takes, false);
      else
        assert.equal(
          ["applies", "applies-3way", "already-in"].includes(answer.state),
          takes,
          `${nameOf(series)}: ${JSON.stringify(answer)}`,
        );
    }
  });

  test("nothing of the repository changes", async () => {
    writeFileSync(path.join(ground.tree, "virt/kvm/kvm_main.c"), "not committed\n");
    git(ground.tree, ["stash", "-q"]);
    writeFileSync(path.join(ground.tree, "virt/kvm/kvm_main.c"), "dirty\n");
    writeFileSync(path.join(ground.tree, "Kbuild"), "staged\n");
    git(ground.tree, ["add", "Kbuild"]);
    // Where git keeps how conflicts were resolved, merges would write it down.
    git(ground.tree, ["config", "rerere.enabled", "true"]);
    const before = snapshot(ground.tree);
    const { answers } = await checkApplies(ground.tree, { base: "HEAD" }, all, { mails, known: all });
    assert.equal(answers.size, all.length);
    assert.deepEqual(snapshot(ground.tree), before);
    assertAnswer(answers.get(named("collides").id) ?? assert.fail(), truth["collides"] ?? {});
    git(ground.tree, ["reset", "-q", "--hard"]);
    git(ground.tree, ["stash", "drop", "-q"]);
  });

  test("what was answered is kept over a restart, and asked again for another tree", async () => {
    const file = path.join(folder, "cache", "applies.json");
    const asked = async (base: string): Promise<number> => {
      let mailsRead = 0;
      const cache = await openApplyCache(file);
      const counted = (ids: readonly string[]) => ((mailsRead += ids.length), mails(ids));
      await checkApplies(ground.tree, { base }, all, { mails: counted, known: all, cache });
      await cache.save();
      return mailsRead;
    };
    assert.notEqual(await asked("HEAD"), 0);
    assert.equal(await asked("HEAD"), 0);
    assert.notEqual(await asked(ground.base), 0);
    writeFileSync(file, readFileSync(file, "utf8").slice(0, 200));
    assert.notEqual(await asked("HEAD"), 0);
    assert.equal(await asked("HEAD"), 0);
    // What could not be merged may be by now, when something was fetched; what applied does still.
    git(ground.tree, ["branch", "fetched", ground.base]);
    const again = await asked("HEAD");
    git(ground.tree, ["branch", "-D", "fetched"]);
    const settled = ["applies", "offset", "taken", "partly", "binary", "needed", "mode"];
    const patches = all.filter((one) => !settled.includes(nameOf(one))).length;
    assert(again >= patches, `${again} mails of ${patches} series`);
    assert(!readdirSync(path.dirname(file)).some((name) => name !== "applies.json"));
  });

  test("it stops between series when it is told to", async () => {
    const stop = new AbortController();
    const came: string[] = [];
    await assert.rejects(
      checkApplies(ground.tree, { base: "HEAD" }, all, {
        mails,
        known: all,
        signal: stop.signal,
        answered: (series) => {
          came.push(series.id);
          if (came.length === 3) stop.abort();
        },
      }),
      { name: "AbortError" },
    );
    assert.equal(came.length, 3);
  });

  suite("repositories that are none or odd", () => {
    const bad = (top: string, base = "HEAD") => checkApplies(top, { base }, all, { mails, known: all });

    test("no repository, no commit, no such revision", async () => {
      const none = mkdtempSync(path.join(folder, "none-"));
      await assert.rejects(bad(none), { name: "HumanError", message: /is not in a git repository/ });
      git(none, ["init", "-q"]);
      await assert.rejects(bad(none), { name: "HumanError", message: /has no commits yet/ });
      await assert.rejects(bad(ground.tree, "no/such"), { name: "HumanError", message: /no commit “no\/such”/ });
      await assert.rejects(bad(ground.tree, "--upload-pack=x"), { name: "HumanError" });
    });

    test("a detached HEAD, a rebase under way, a linked worktree, a bare and a shallow clone", async () => {
      const clone = path.join(folder, "clone");
      git(folder, ["clone", "-q", `file://${ground.tree}`, clone]);
      git(clone, ["checkout", "-q", "--detach"]);
      assert.throws(() => git(clone, ["am", "-q"], ground.author.mbox("collides-2")));
      const linked = path.join(folder, "linked");
      git(ground.tree, ["worktree", "add", "-q", "--detach", linked]);
      const bare = path.join(folder, "bare.git");
      git(folder, ["clone", "-q", "--bare", `file://${ground.tree}`, bare]);
      const shallow = path.join(folder, "shallow");
      git(folder, ["clone", "-q", "--depth=1", `file://${ground.tree}`, shallow]);
      for (const top of [clone, linked, bare, shallow]) {
        const before = snapshot(top);
        assertAnswer(await answerTo("offset", "HEAD", top), truth["offset"] ?? {});
        // Without its history there is nothing to merge from.
        const merges = await answerTo("merges", "HEAD", top);
        assertAnswer(merges, top === shallow ? { state: "base-unknown", patch: 1 } : { state: "applies-3way" });
        assert.deepEqual(snapshot(top), before);
      }
      git(ground.tree, ["worktree", "remove", "--force", linked]);
    });

    test("a clone that leaves out contents fetches none", async () => {
      git(ground.tree, ["config", "uploadpack.allowFilter", "true"]);
      const partial = path.join(folder, "partial");
      git(folder, ["clone", "-q", "--filter=blob:none", "--no-checkout", `file://${ground.tree}`, partial]);
      const before = snapshot(partial);
      const cache = await openApplyCache(path.join(folder, "partial.json"));
      const again = async (): Promise<string | undefined> => {
        const { answers } = await checkApplies(partial, { base: "HEAD" }, [named("offset")], { mails, known: all, cache });
        return [...answers.values()][0]?.state;
      };
      assert.equal(await again(), "unknown");
      const answer = await answerTo("offset", "HEAD", partial);
      assert.equal(answer.state, "unknown");
      assert.match(answer.why ?? "", /^This partial clone lacks a file that it changes/);
      assert.deepEqual(snapshot(partial), before);
      // It is done as the answer says; no ref tells of it.
      git(partial, ["checkout", "-q", "HEAD"]);
      assert.equal(await again(), "applies");
    });

    test("a folder below the top of a repository is a tree of its own", async () => {
      const outer = path.join(folder, "outer");
      git(folder, ["clone", "-q", `file://${ground.tree}`, outer]);
      git(outer, ["checkout", "-q", "-b", "sub"]);
      git(outer, ["rm", "-q", "-r", "."]);
      git(outer, ["read-tree", "--prefix=linux/", "-u", "origin/main"]);
      git(outer, ["commit", "-q", "-m", "moved below"]);
      assertAnswer(await answerTo("offset", "HEAD", path.join(outer, "linux")), truth["offset"] ?? {});
      assertAnswer(await answerTo("collides", "HEAD", path.join(outer, "linux")), truth["collides"] ?? {});
    });

    test("a file in the place of a folder, a folder or a submodule in the place of a file", async () => {
      const odd = path.join(folder, "odd");
      git(folder, ["clone", "-q", `file://${ground.tree}`, odd]);
      commit(odd, { "virt/kvm/kvm_main.c": null, "virt/kvm/kvm_main.c/inside": "x\n", "scripts/check.sh": null }, "odd");
      git(odd, ["update-index", "--add", "--cacheinfo", `160000,${ground.base},sub`]);
      git(odd, ["commit", "-q", "-m", "submodule"]);
      const writer = new Author(path.join(folder, "odd-author"), ground.tree);
      writer.post({ name: "below", patches: [{ "Kbuild/file": "x\n" }].map((files) => ({ Kbuild: null, ...files })), onto: ground.base });
      writer.post({ name: "file", patches: [{ sub: "a file\n" }], onto: ground.base });
      writer.post({ name: "inside", patches: [{ "sub/file": "a file\n" }], onto: ground.base });
      const series = writer.series();
      const { answers } = await checkApplies(odd, { base: "HEAD" }, [...series, named("applies")], {
        mails: async (ids) => new Map([...(await writer.mails(ids)), ...(await mails(ids))]),
        known: [],
      });
      const states = Object.fromEntries([...series, named("applies")].map((one) => [nameOf(one), answers.get(one.id)?.state]));
      assert.deepEqual(states, { inside: "conflicts", file: "conflicts", below: "conflicts", applies: "conflicts" });
    });

    test("a repository with SHA-256 ids", async () => {
      const below = path.join(folder, "sha256");
      const other = makeGround(below, "sha256");
      const series = other.author.series();
      const { answers } = await checkApplies(other.tree, { base: "HEAD" }, series, {
        mails: (ids) => other.author.mails(ids),
        known: series,
      });
      for (const one of series) {
        const expected = truth[nameOf(one)];
        if (expected) assertAnswer(answers.get(one.id) ?? assert.fail(), expected);
      }
    });
  });

  test("a digest has nothing to check", async () => {
    const [first] = all;
    assert(first);
    const revisions = first.revisions.map((revision): Revision => {
      const { posted, ...rest } = revision;
      return posted ? rest : revision;
    });
    const { answers } = await checkApplies(ground.tree, { base: "HEAD" }, [{ ...first, revisions }], { mails, known: [] });
    assertAnswer([...answers.values()][0] ?? assert.fail(), { state: "unknown", why: "The digest has no diffs to check." });
  });

  test("hostile patches change nothing", async () => {
    const writer = new Author(path.join(folder, "hostile-author"), ground.tree);
    const into = (name: string, to: string): void =>
      writer.post({
        name,
        patches: [{ "virt/kvm/hostile.c": "bad\n" }],
        onto: ground.base,
        damage: (mail) => mail.replaceAll("virt/kvm/hostile.c", to),
      });
    into("dots", "../../outside");
    into("dotgit", ".git/hooks/pre-commit");
    into("option", "--output=/tmp/outside");
    into("pathspec", ":(top)*");
    const series = writer.series();
    const before = snapshot(ground.tree);
    const { answers } = await checkApplies(ground.tree, { base: "HEAD" }, series, { mails: (ids) => writer.mails(ids), known: [] });
    const states = Object.fromEntries(series.map((one) => [nameOf(one), answers.get(one.id)?.state]));
    assert.deepEqual(states, { dots: "conflicts", dotgit: "conflicts", option: "applies", pathspec: "applies" });
    assert.deepEqual(snapshot(ground.tree), before);
  });
});

/** All a person has in a repository: files of its folder but for logs of access, refs, stash and objects among them. */
function snapshot(top: string): Record<string, string> {
  const files = readdirSync(top, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => [path.join(parentPath, name), readFileSync(path.join(parentPath, name), "latin1")]),
  );
}
