/** The thread that looks for series in a checkout, as it ships. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { readRemotes, refsStamp } from "../../../src/checkout/remotes";
import { landingRefs } from "../../../src/checkout/commitLog";
import { lookInThread } from "../../../src/library/landedThread";
import { root } from "../../host/paths";
import { files, LandedGround, text } from "../../support/landedGround";
import { bytesById } from "../../support/pageArchive";

const title = "KVM: teapot: Pour without spilling";

suite("looking in a thread", () => {
  let ground: LandedGround;
  setup(() => (ground = new LandedGround()));
  teardown(() => ground.dispose());

  const look = lookInThread(path.join(root, "dist", "landedWorker.js"));
  const request = () => ({ tree: ground.tree, now: null, binary: undefined, folder: path.join(ground.folder, "storage"), moved: [] });

  test("finds what has landed by mails it asks for, hands over no contents, keeps what it read, and stops", async () => {
    ground.post({ name: "pour", day: 10, patches: [{ title, files: { [files.teapot]: text("teapot", { 20: "one" }) } }] });
    ground.commit({ [files.teapot]: text("teapot", { 20: "one" }) }, { title, day: 12 });
    const bytes = bytesById(ground.mails());
    const mails = (ids: readonly string[]) => Promise.resolve(new Map([...bytes].filter(([id]) => ids.includes(id))));
    const { signal } = new AbortController();
    const [series] = ground.series();
    const found = await look(request(), [series!], { mails, signal });
    const [patch] = found.patches.get(series!.id) ?? [];
    assert.deepEqual(
      [patch?.state, patch?.commits[0]?.signs, patch?.commits[0]?.commit.content],
      ["landed", ["patch-id", "title", "author"], null],
    );
    assert(existsSync(path.join(ground.folder, "storage", "commits.json")));
    await assert.rejects(look(request(), [series!], { mails: () => Promise.reject(new Error("no archive")), signal }), /no archive/);
    const stopped = new AbortController();
    const begun = look(request(), [series!], { mails: () => new Promise(() => stopped.abort()), signal: stopped.signal });
    await assert.rejects(begun, { name: "AbortError" });
    await assert.rejects(look(request(), [series!], { mails, signal: stopped.signal }), { name: "AbortError" });
  });

  test("remotes: how much of each is here, and what it is of", async () => {
    const kernel = ground.commit({ "virt/kvm/kvm_main.c": "a kernel\n" }, { title: "A kernel", day: 1 });
    const ahead = ground.commit({ "virt/kvm/kvm_main.c": "newer\n" }, { title: "Newer", day: 5 });
    ground.git("reset", "-q", "--hard", kernel);
    for (const name of ["kvm", "a/b", "tool", "gone"])
      ground.git("remote", "add", name, `https://${name.replace("/", ".")}.example.org/x.git`);
    ground.remote("kvm/next", ahead);
    ground.remote("kvm/queue", kernel);
    ground.remote("a/b/master", kernel);
    ground.git("checkout", "-q", "--orphan", "other");
    ground.git("rm", "-rqf", ".");
    const tool = ground.commit({ "lib/libcflat.h": "a test\n" }, { title: "A test", day: 2 });
    ground.git("checkout", "-q", "-f", "main");
    ground.remote("tool/master", tool);
    ground.remote("left/over", kernel);
    const stamp = await refsStamp(ground.tree);
    const remotes = await readRemotes(ground.tree, await landingRefs(ground.tree));
    const told = remotes.map(({ name, refs, branches, project, isOther }) => [name, refs, branches, project, isOther]);
    assert.deepEqual(told.sort(), [
      ["a/b", ["a/b/master"], 1, "kernel", false],
      ["gone", [], 0, null, false],
      ["kvm", ["kvm/next", "kvm/queue"], 2, "kernel", false],
      ["left", ["left/over"], 1, "kernel", false],
      ["tool", ["tool/master"], 1, "kvm-unit-tests", true],
    ]);
    assert.equal(new Date(remotes.find(({ name }) => name === "kvm")?.newest ?? 0).toISOString().slice(0, 10), "2026-01-06");
    ground.remote("kvm/queue", ahead);
    assert.notEqual(await refsStamp(ground.tree), stamp);
    assert.equal(await refsStamp(ground.folder), "");
  });

  test("a remote with many branches leaves room for the others", async () => {
    for (let at = 0; at < 80; at++) ground.remote(`big/b${at}`, ground.base);
    ground.remote("small/next", ground.base);
    ground.remote("tiny/next", ground.base);
    const refs = await landingRefs(ground.tree);
    assert(refs.length <= 61);
    for (const name of ["small/next", "tiny/next"])
      assert(
        refs.some((ref) => ref.name === name),
        name,
      );
  });
});
