/** Whether series have landed: each kind of history that there is, and each that only looks like it. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { openLogCache } from "../../../src/checkout/commitLog";
import { type LandedCache, openLandedCache } from "../../../src/checkout/landed";
import { damage, files, LandedGround, run, text } from "../../support/landedGround";

const { teapot, cup, people } = files;

suite("what has landed", () => {
  let ground: LandedGround;
  setup(() => (ground = new LandedGround()));
  teardown(() => ground.dispose());

  const title = "KVM: teapot: Pour without spilling";
  const long = { 20: "one", 21: "two", 22: "three", 23: "four", 24: "five", 25: "six" };
  const link = (name: string, patch = 1, version = 1): string => `Link: https://patch.msgid.link/${ground.id(name, patch, version)}`;
  const post = (version = 1, day = 10, changed: Readonly<Record<number, string>> = long): void =>
    ground.post({ name: "pour", version, day, patches: [{ title, files: { [teapot]: text("teapot", changed) } }] });

  test("as it was posted, with a link and without", async () => {
    post();
    ground.commit({ [teapot]: text("teapot", long) }, { title, day: 12, trailers: link("pour") });
    const { status, kinds, patches, state } = await ground.said();
    assert.deepEqual([status, kinds, patches], ["landed", ["landed"], ["landed; same by patch-id link title author"]]);
    assert.deepEqual(state.patches[0]?.commits[0]?.commit.refs, ["HEAD"]);
  });

  test("in another context, and under another prefix", async () => {
    post();
    ground.commit({ [teapot]: text("teapot", { 19: "other context" }) }, { title: "Something else entirely", day: 11 });
    ground.commit(
      { [teapot]: text("teapot", { ...long, 19: "other context" }) },
      { title: "KVM: x86/teapot: Pour without spilling", day: 12 },
    );
    assert.deepEqual((await ground.said()).patches, ["landed; same by same-lines author"]);
  });

  test("with changes of the maintainer, told by link, title and author, or by most of the lines", async () => {
    post();
    const mended = { ...long, 25: "6", 26: "seven" };
    ground.commit({ [teapot]: text("teapot", mended) }, { title, day: 12, trailers: link("pour") });
    assert.deepEqual((await ground.said()).patches, ["landed; changed by similar-lines link title author"]);
    assert.deepEqual((await ground.said()).state.evidence[0], { kind: "landed", ref: "HEAD", patches: [1], changed: [1] });
    ground.git("reset", "-q", "--hard", ground.base);
    ground.commit({ [teapot]: text("teapot", mended) }, { title, day: 12 });
    const { status, patches } = await ground.said();
    assert.deepEqual([status, patches], ["landed", ["landed; changed by similar-lines title author"]]);
  });

  test("an older revision is not the newest one, even if it landed after that was posted", async () => {
    post(1, 10);
    post(2, 14, { ...long, 22: "third", 23: "fourth", 24: "fifth" });
    ground.commit({ [teapot]: text("teapot", long) }, { title, day: 16 });
    const { status, kinds, patches } = await ground.said();
    assert.deepEqual([status, kinds, patches], ["new", ["older-landed"], ["older; older by similar-lines title author"]]);
    ground.git("reset", "-q", "--hard", ground.base);
    ground.commit({ [teapot]: text("teapot", { ...long, 24: "of the maintainer" }) }, { title, day: 16, trailers: link("pour") });
    assert.match((await ground.said()).patches[0] ?? "", /^older; older by .*older-link title author$/);
  });

  test("a patch that is the same in both revisions landed, whichever of them the commit names", async () => {
    post(1, 10);
    post(2, 14);
    ground.commit({ [teapot]: text("teapot", long) }, { title, day: 12, trailers: link("pour") });
    assert.deepEqual((await ground.said()).patches, ["landed; same by patch-id older-link title author"]);
  });

  test("the same title and author as last time are no proof", async () => {
    const update = "MAINTAINERS: Update the entry of teapots";
    ground.commit({ [people]: text("people", { 5: "M: Ada" }) }, { title: update, day: 9 });
    ground.post({ name: "update", day: 10, patches: [{ title: update, files: { [people]: text("people", { 30: "M: Ada Lind" }) } }] });
    ground.commit({ [people]: text("people", { 5: "M: Ada", 50: "L: teapots" }) }, { title: update, day: 12 });
    const { status, kinds, patches } = await ground.said();
    assert.deepEqual([status, kinds], ["new", ["unproven"]]);
    assert.deepEqual(patches, ["not-found; unproven by title author; unproven by title author"]);
  });

  test("most of the lines before the posting, or with the link of another mail, are no proof either", async () => {
    post(1, 10);
    ground.commit({ [teapot]: text("teapot", { ...long, 25: "6" }) }, { title, day: 9 });
    assert.deepEqual((await ground.said()).patches, ["not-found; unproven by similar-lines title author"]);
    ground.git("reset", "-q", "--hard", ground.base);
    const other = "Link: https://patch.msgid.link/pour-v4-1@example.org";
    ground.commit({ [teapot]: text("teapot", { ...long, 25: "6" }) }, { title, day: 12, trailers: other });
    assert.deepEqual((await ground.said()).patches, ["not-found; unproven by similar-lines other-link title author"]);
  });

  test("a link alone is no proof", async () => {
    post();
    ground.commit(
      { [cup]: text("cup", { 9: "related" }) },
      { title: "KVM: cup: Wash it", day: 12, trailers: link("pour"), author: "Cy Moss <cy@example.org>" },
    );
    const { status, patches } = await ground.said();
    assert.deepEqual([status, patches], ["new", ["not-found; unproven by link"]]);
  });

  test("a link behind many others is found", async () => {
    post();
    const reports = Array.from({ length: 40 }, (_, at) => `Link: https://lore.kernel.org/all/report-${at}@example.org`);
    ground.commit(
      { [teapot]: text("teapot", { ...long, 25: "6" }) },
      { title: "KVM: teapot: Another title", day: 12, trailers: [...reports, link("pour")].join("\n") },
    );
    assert.deepEqual((await ground.said()).patches, ["landed; changed by similar-lines link author"]);
  });

  test("a link that the patch itself has says nothing", async () => {
    const report = "Link: https://lore.kernel.org/all/report@example.org";
    ground.post({ name: "pour", day: 10, patches: [{ title, files: { [teapot]: text("teapot", long) }, trailers: report }] });
    ground.commit({ [teapot]: text("teapot", { ...long, 25: "6" }) }, { title, day: 12, trailers: report });
    assert.deepEqual((await ground.said()).patches, ["landed; changed by similar-lines title author"]);
  });

  test("somebody else's commit of the same title is nobody's proof", async () => {
    post();
    ground.commit({ [teapot]: text("teapot", { ...long, 25: "6" }) }, { title, day: 12, author: "Cy Moss <cy@example.org>" });
    assert.deepEqual((await ground.said()).patches, ["not-found; unproven by similar-lines title"]);
  });

  test("reverted; and the revert reverted", async () => {
    post();
    const commit = ground.commit({ [teapot]: text("teapot", long) }, { title, day: 12 });
    const revert = ground.commit(
      { [teapot]: text("teapot") },
      { title: `Revert "${title}"`, day: 13, body: `This reverts commit ${commit}.` },
    );
    const { status, kinds, patches, state } = await ground.said();
    assert.deepEqual([status, kinds, patches], ["new", ["reverted"], ["reverted; same by patch-id title author"]]);
    assert.deepEqual(state.patches[0]?.commits[0]?.commit.reverted, [{ ref: "HEAD", commit: revert }]);
    ground.commit({ [teapot]: text("teapot", long) }, { title: `Reapply "${title}"`, day: 14, body: `This reverts commit ${revert}.` });
    assert.equal((await ground.said()).status, "landed");
  });

  test("reverted on the main branch, while a backport stands", async () => {
    post();
    const commit = ground.commit({ [teapot]: text("teapot", long) }, { title, day: 12 });
    ground.commit({ [teapot]: text("teapot") }, { title: `Revert "${title}"`, day: 13, body: `This reverts commit ${commit}.` });
    ground.git("branch", "upstream");
    ground.remote("origin/main", ground.git("rev-parse", "upstream").trim());
    ground.git("checkout", "-q", "-b", "stable", ground.base);
    const backport = ground.commit({ [teapot]: text("teapot", long) }, { title, day: 13, body: `commit ${commit} upstream.` });
    ground.remote("stable/linux-6.12.y", backport);
    ground.git("checkout", "-q", "upstream");
    const { status, kinds, state } = await ground.said();
    assert.deepEqual([status, kinds], ["queued", ["queued", "reverted"]]);
    const commits = state.patches[0]?.commits.map(({ commit: one }) => [one.id, one.refs, one.pickedFrom, one.reverted.length]);
    assert.deepEqual(commits, [
      [commit, ["HEAD", "origin/main"], null, 2],
      [backport, ["stable/linux-6.12.y"], commit, 0],
    ]);
  });

  test("a part of a series, and the rest on another branch", async () => {
    const second = { [teapot]: text("teapot", { ...long, 40: "more" }) };
    ground.post({
      name: "parts",
      day: 10,
      patches: [
        { title, files: { [teapot]: text("teapot", long) } },
        { title: "KVM: teapot: Pour more of it", files: second },
      ],
    });
    const first = ground.commit({ [teapot]: text("teapot", long) }, { title, day: 12 });
    ground.remote("kvm/queue", ground.commit(second, { title: "KVM: teapot: Pour more of it", day: 12 }));
    ground.remote("kvm/master", first);
    ground.git("reset", "-q", "--hard", first);
    const { status, kinds, state } = await ground.said();
    assert.deepEqual([status, kinds], ["queued", ["partly-landed", "queued"]]);
    assert.deepEqual(
      state.patches.map((one) => one.state),
      ["landed", "queued"],
    );
    assert.deepEqual(state.evidence[0], { kind: "partly-landed", ref: "HEAD", patches: [1], changed: [] });
    ground.git("update-ref", "-d", "refs/remotes/kvm/queue");
    assert.deepEqual((await ground.said()).status, "new");
  });

  test("what I applied myself has not landed: with a remote, and without", async () => {
    post();
    ground.remote("origin/main", ground.base);
    ground.commit({ [teapot]: text("teapot", long) }, { title, day: 12 });
    const { status, kinds, patches } = await ground.said();
    assert.deepEqual([status, kinds, patches], ["new", ["local"], ["local; same by patch-id title author"]]);
    ground.git("update-ref", "-d", "refs/remotes/origin/main");
    ground.git("config", "user.email", "bea@example.org");
    assert.equal((await ground.said()).status, "new");
    ground.git("config", "user.email", "me@example.org");
    assert.equal((await ground.said()).status, "landed");
  });

  test("my own patch on a branch that I pushed is not queued; one that I took as a maintainer is", async () => {
    post();
    ground.remote("origin/main", ground.base);
    const ada = "Ada Lind <ada@example.org>";
    ground.remote("mine/topic", ground.commit({ [teapot]: text("teapot", long) }, { title, day: 12, committer: ada }));
    ground.git("reset", "-q", "--hard", ground.base);
    ground.git("config", "user.email", "Ada@example.org");
    const { status, patches } = await ground.said();
    assert.deepEqual([status, patches], ["new", ["local; same by patch-id title author"]]);
    ground.git("config", "user.email", "bea@example.org");
    ground.remote("mine/topic", ground.commit({ [teapot]: text("teapot", long) }, { title, day: 12 }));
    ground.git("reset", "-q", "--hard", ground.base);
    assert.equal((await ground.said()).status, "queued");
    // The branch that I work on and have pushed.
    ground.git("config", "remote.mine.url", "https://example.org/mine.git");
    ground.git("config", "remote.mine.fetch", "+refs/heads/*:refs/remotes/mine/*");
    ground.git("branch", "-q", "--set-upstream-to=mine/topic");
    ground.git("reset", "-q", "--hard", "mine/topic");
    assert.deepEqual((await ground.said()).patches, ["local; same by patch-id title author"]);
    // What I committed has landed once it is in the main branch of origin.
    ground.remote("origin/main", ground.git("rev-parse", "HEAD").trim());
    ground.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main");
    assert.equal((await ground.said()).status, "landed");
  });

  test("the branch that HEAD follows counts, and the main branch of origin", async () => {
    post();
    ground.remote("kvm/next", ground.commit({ [teapot]: text("teapot", long) }, { title, day: 12 }));
    ground.git("reset", "-q", "--hard", ground.base);
    assert.equal((await ground.said()).status, "queued");
    ground.git("config", "remote.kvm.url", "https://example.org/kvm.git");
    ground.git("config", "remote.kvm.fetch", "+refs/heads/*:refs/remotes/kvm/*");
    ground.git("branch", "-q", "--set-upstream-to=kvm/next");
    const { status, state } = await ground.said();
    assert.deepEqual([status, state.evidence[0]], ["landed", { kind: "landed", ref: "kvm/next", patches: [1], changed: [] }]);
  });

  test("mail of the stable trees is not looked for", async () => {
    ground.commit({ [teapot]: text("teapot", long) }, { title, day: 9 });
    ground.post({ name: "stable", day: 10, words: "PATCH 6.12", patches: [{ title, files: { [teapot]: text("teapot", long) } }] });
    const { status, patches } = await ground.said();
    assert.deepEqual([status, patches], ["new", ["unknown"]]);
  });

  test("only new commits are read again, also after a rebase and from a damaged file", async () => {
    const folder = path.join(ground.folder, "cache");
    mkdirSync(folder);
    const [log, commits] = [path.join(folder, "log.json"), path.join(folder, "landed.json")];
    const open = async (): Promise<LandedCache> => openLandedCache(commits, await openLogCache(log));
    post();
    ground.commit({ [cup]: text("cup", { 9: "nine" }) }, { title: "KVM: cup: Wash it", day: 11 });
    assert.equal((await ground.said({ cache: await open() })).status, "new");
    const before = readFileSync(log, "utf8");
    const cache = await open();
    assert.equal((await ground.said({ cache })).status, "new");
    assert.equal(readFileSync(log, "utf8"), before);
    const first = ground.commit({ [teapot]: text("teapot", long), [cup]: text("cup", { 9: "nine" }) }, { title, day: 12 });
    assert.equal((await ground.said({ cache })).status, "landed");
    assert.equal((await ground.said({ cache: await open() })).status, "landed");
    ground.git("reset", "-q", "--hard", "HEAD^");
    assert.equal((await ground.said({ cache: await open() })).status, "new");
    ground.git("reflog", "expire", "--expire=now", "--all");
    ground.git("gc", "-q", "--prune=now");
    assert.equal(ground.git("cat-file", "--batch-check", "--batch-all-objects").includes(first), false);
    ground.commit({ [teapot]: text("teapot", long) }, { title, day: 13 });
    assert.equal((await ground.said({ cache: await open() })).status, "landed");
    for (const file of [log, commits]) damage(file);
    assert.equal((await ground.said({ cache: await open() })).status, "landed");
  });
});

suite("what has landed, in trees of all kinds", () => {
  const title = "KVM: teapot: Pour without spilling";
  const changed = { [teapot]: text("teapot", { 20: "one", 21: "two" }) };
  const grounds: LandedGround[] = [];
  teardown(() => grounds.splice(0).forEach((one) => one.dispose()));
  const landed = (prefix = ""): LandedGround => {
    const ground = new LandedGround(prefix);
    grounds.push(ground);
    ground.post({ name: "pour", day: 10, patches: [{ title, files: changed }] });
    ground.commit(changed, { title, day: 12 });
    return ground;
  };

  test("a kernel that is a folder of a larger repository", async () => {
    assert.deepEqual((await landed("linux").said()).patches, ["landed; same by patch-id title author"]);
  });

  test("a shallow clone, and one that is deepened", async () => {
    const ground = landed();
    ground.commit({ [cup]: text("cup", { 9: "nine" }) }, { title: "Later", day: 20 });
    const clone = path.join(ground.folder, "shallow");
    run(ground.folder, ["clone", "-q", "--depth=1", `file://${ground.tree}`, clone]);
    const cache = await openLandedCache(path.join(ground.folder, "a.json"), await openLogCache(path.join(ground.folder, "b.json")));
    const { status, kinds, patches } = await ground.said({ cache }, clone);
    assert.deepEqual([status, kinds, patches], ["landed", ["in-tree"], ["in-tree"]]);
    run(clone, ["fetch", "-q", "--unshallow"]);
    assert.deepEqual((await ground.said({ cache }, clone)).patches, ["landed; same by patch-id title author"]);
  });

  test("a release that was unpacked and committed has what it has, and not the rest", async () => {
    const ground = landed();
    ground.post({ name: "cup", day: 11, patches: [{ title: "KVM: cup: Wash it", files: { [cup]: text("cup", { 9: "nine" }) } }] });
    run(ground.tree, ["checkout", "-q", "--orphan", "release"]);
    ground.commit({}, { title: "Release", day: 30, committer: "Me <me@example.org>" });
    const { states } = await ground.states();
    assert.deepEqual(
      states.map(({ series, status, patches }) => [series.title, status, patches[0]?.state]),
      [
        ["KVM: cup: Wash it", "new", "not-found"],
        [title, "landed", "in-tree"],
      ],
    );
  });

  test("where the history reaches back, lines that are there are somebody else's", async () => {
    const ground = new LandedGround();
    grounds.push(ground);
    ground.post({ name: "pour", day: 10, patches: [{ title, files: changed }] });
    ground.commit(changed, { title: "Quite another name", day: 9, author: "Cy Moss <cy@example.org>" });
    assert.deepEqual((await ground.said()).patches, ["not-found"]);
  });

  test("a clone without blobs knows what the commits say", async () => {
    const ground = landed();
    ground.git("config", "uploadpack.allowFilter", "true");
    const clone = path.join(ground.folder, "partial");
    run(ground.folder, ["clone", "-q", "--no-checkout", "--filter=blob:none", `file://${ground.tree}`, clone]);
    assert.deepEqual((await ground.said({}, clone)).patches, ["not-found; unproven by title author"]);
  });

  test("a bare repository, one with a remote that was never fetched, one of another project", async () => {
    const ground = landed();
    const bare = path.join(ground.folder, "bare.git");
    run(ground.folder, ["clone", "-q", "--bare", ground.tree, bare]);
    assert.equal((await ground.said({}, bare)).status, "landed");
    ground.git("remote", "add", "kvm", "https://example.org/kvm.git");
    assert.equal((await ground.said()).status, "landed");
    const other = path.join(ground.folder, "other");
    run(ground.folder, ["init", "-q", other]);
    run(other, ["-c", "user.name=Me", "-c", "user.email=me@example.org", "commit", "-q", "--allow-empty", "-m", "Begin"]);
    assert.deepEqual((await ground.said({}, other)).status, "new");
  });

  test("no repository, and one without a commit: a sentence, and what mail tells", async () => {
    const ground = landed();
    const none = path.join(ground.folder, "none");
    mkdirSync(none);
    const { states, messages } = await ground.states({}, none);
    assert.match(messages.join(), /^.* is not in a git repository, so what has landed is not known\. Open a git checkout\.$/);
    assert.deepEqual([states[0]?.status, states[0]?.patches[0]?.state], ["new", "unknown"]);
    run(none, ["init", "-q"]);
    assert.match((await ground.states({}, none)).messages.join(), /^The repository of .* has no commits yet; /);
  });
});
