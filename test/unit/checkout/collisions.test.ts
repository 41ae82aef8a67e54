import assert from "node:assert/strict";
import { proveCollision, proveSeries, readCollisions } from "../../../src/checkout/collides";
import { readBlobTexts, readFilesAt } from "../../../src/checkout/committedFiles";
import { readMyChanges } from "../../../src/checkout/myChanges";
import { type Collision, findCollisions, isConflict } from "../../../src/core/lines/collisions";
import type { Mail } from "../../../src/core/mail/mail";
import { movedNames, nothingMoved } from "../../../src/core/series/movedFiles";
import { type IndexedPatch, loadPatchTexts, patchesTouching } from "../../../src/core/series/revisionTexts";
import { newestRevision, type Series } from "../../../src/core/series/series";
import { pathTouches } from "../../../src/core/series/touches";
import { assembled, made, type MadeMail, madeMail, start } from "../../support/madeMail";
import { MyRepository, repositories, teapot, teapotText } from "../../support/myRepository";

/** A series of some patches, as mails and as what is made of them. */
interface Posted {
  readonly series: Series;
  readonly mails: readonly Mail[];
  readonly patches: readonly IndexedPatch[];
}

function post(id: string, patches: readonly IndexedPatch[]): Posted {
  const mails = patches.map(({ text }, at): MadeMail => {
    const [, subject = ""] = /^Subject: (?:\[PATCH\] )?(.*)$/m.exec(text) ?? [];
    const first = `${id}-1@example.org`;
    return {
      id: `${id}-${at + 1}@example.org`,
      subject: `[PATCH ${at + 1}/${patches.length}] ${id}: ${subject}`,
      at: start + at,
      body: text.slice(text.indexOf("\n\n") + 2),
      ...(at === 0 ? {} : { to: first }),
    };
  });
  const [series, ...others] = assembled(mails.map(made)).series;
  assert(series && others.length === 0);
  return { series, mails: mails.map(madeMail), patches };
}

function mailsOf(posted: readonly Posted[]): (ids: readonly string[]) => Promise<ReadonlyMap<string, Mail>> {
  const mails = new Map(posted.flatMap((one) => one.mails.map((mail) => [mail.messageId ?? "", mail])));
  return (ids) => Promise.resolve(new Map(ids.flatMap((id) => (mails.has(id) ? [[id, mails.get(id)!]] : []))));
}

suite("collisions with pending series", () => {
  const mine = new MyRepository({ [teapot]: teapotText(), "virt/kvm/cup.c": teapotText(4) });
  suiteTeardown(() => mine.dispose());
  const step = (path: string, from: string, to: string) => () => mine.change(path, from, to);

  /** Collisions of what is not committed with some series, and what git's merge says of each. */
  async function both(
    posted: readonly Posted[],
    buffers: ReadonlyMap<string, string> = new Map(),
    isFollowed = true,
  ): Promise<[Collision[], string[]]> {
    const before = mine.state();
    const changes = await readMyChanges(mine.top, { kind: "uncommitted", buffers });
    const sources = {
      touching: (path: string) => posted.flatMap(({ series }) => (pathTouches(newestRevision(series)).has(path) ? [{ series }] : [])),
      mails: mailsOf(posted),
    };
    const texts = await readFilesAt(mine.top, changes.base, [teapot, "virt/kvm/cup.c", "none.c"]);
    const base = (path: string) => Promise.resolve(texts.has(path) ? Buffer.from(texts.get(path)!).toString("utf8") : null);
    const collisions = await (isFollowed
      ? readCollisions(mine.top, changes, sources)
      : findCollisions(changes.files, { ...sources, base }));
    const proofs: string[] = [];
    const options = { mails: sources.mails, moved: nothingMoved, buffers, name: "theirs" };
    for (const { series } of posted) proofs.push((await proveCollision(mine.top, changes, series, options)).kind);
    assert.deepEqual(mine.state(), before);
    return [collisions, proofs];
  }

  test("each way a series can meet what I did, and git's merge says the same of it", async () => {
    const base = mine.git("rev-parse", "HEAD").trim();
    const posted = {
      sameLine: post("same-line", mine.posted(base, step(teapot, "\treturn 3;\n", "\treturn 33;\n"))),
      sameText: post("same-text", mine.posted(base, step(teapot, "\treturn 3;\n", "\treturn 30;\n"))),
      nextLine: post("next-line", mine.posted(base, step(teapot, "\tstep_3_5(pot);\n", ""))),
      nearLine: post("near-line", mine.posted(base, step(teapot, "\tstep_3_4(pot);\n", ""))),
      inTwoSteps: post(
        "in-two-steps",
        mine.posted(base, step(teapot, "\treturn 3;\n", "\treturn 300;\n"), step(teapot, "\treturn 300;\n", "\treturn 30;\n")),
      ),
      andBack: post(
        "and-back",
        mine.posted(base, step(teapot, "\treturn 3;\n", "\treturn 300;\n"), step(teapot, "\treturn 300;\n", "\treturn 3;\n")),
      ),
      renamedFirst: post(
        "renamed-first",
        mine.posted(base, () => mine.git("mv", teapot, "virt/kvm/kettle.c"), step("virt/kvm/kettle.c", "\treturn 3;\n", "\treturn 33;\n")),
      ),
      otherFile: post("other-file", mine.posted(base, step("virt/kvm/cup.c", "\treturn 3;\n", "\treturn 33;\n"))),
      deletes: post(
        "deletes",
        mine.posted(base, () => mine.git("rm", "--quiet", teapot)),
      ),
    };
    // The tree has moved on: all lines are three further down than where the series say they are.
    mine.change(teapot, "#include <linux/teapot.h>\n", "#include <linux/teapot.h>\n#include <linux/cup.h>\n\n#define POTS 3\n");
    mine.commit("moved on");
    mine.change(teapot, "\treturn 3;\n", "\treturn 30;\n");
    const all = Object.values(posted);
    const [collisions, proofs] = await both(all);
    const said = all.map(({ series }) => {
      const one = collisions.find((collision) => collision.series === series);
      return one ? (isConflict(one) ? "conflict" : "same") : "none";
    });
    assert.deepEqual(Object.fromEntries(Object.keys(posted).map((name, at) => [name, [said[at], proofs[at]]])), {
      sameLine: ["conflict", "conflict"],
      sameText: ["same", "clean"],
      nextLine: ["conflict", "conflict"],
      nearLine: ["none", "clean"],
      inTwoSteps: ["same", "clean"],
      andBack: ["none", "clean"],
      renamedFirst: ["conflict", "conflict"],
      otherFile: ["none", "clean"],
      // The file is another one now, so git cannot put the deletion on it.
      deletes: ["conflict", "unapplied"],
    });
    const [place] = collisions.find(({ series }) => series === posted.sameLine.series)?.overlaps ?? [];
    assert.deepEqual([place?.start, place?.end, place?.patches], [47, 48, [1]]);
    assert.deepEqual(collisions.find(({ series }) => series === posted.inTwoSteps.series)?.overlaps[0]?.patches, [1, 2]);

    // What is typed and not saved counts, and not what is on the disk.
    const [typed] = await both(
      [posted.sameLine, posted.nearLine],
      new Map([[teapot, mine.git("show", `HEAD:${teapot}`).replace("\tstep_3_4(pot);", "\twarm(pot);")]]),
    );
    assert.deepEqual(
      typed.map(({ series }) => series),
      [posted.nearLine.series],
    );
    const [none] = await both(all, new Map([[teapot, mine.git("show", `HEAD:${teapot}`)]]));
    assert.deepEqual(none, []);
    mine.git("reset", "--quiet", "--hard", base);
  });

  test("where the text a series was made on is in the repository its lines are followed from there, whatever stands around them", async () => {
    const base = mine.git("rev-parse", "HEAD").trim();
    const old = post("old", mine.posted(base, step(teapot, "\treturn 3;\n", "\treturn 33;\n")));
    mine.write({
      [teapot]: mine
        .read(teapot)
        .replace(/step_[34]_(?=\d)/g, "stir_$&")
        .replaceAll("pour_", "serve_"),
    });
    mine.commit("all around it is another text");
    mine.change(teapot, "\treturn 3;\n", "\treturn 30;\n");
    const places = async (isFollowed: boolean) =>
      (await both([old], new Map(), isFollowed))[0].flatMap(({ overlaps }) => overlaps.map(({ start }) => start));
    assert.deepEqual(await places(true), [44]);
    // The words around it alone do not say which line it is.
    assert.deepEqual(await places(false), []);
    mine.git("reset", "--quiet", "--hard", base);
  });

  test("the blobs of all series of a file are asked for at once", async () => {
    const base = mine.git("rev-parse", "HEAD").trim();
    const one = post("one", mine.posted(base, step(teapot, "\treturn 3;\n", "\treturn 33;\n")));
    const two = post("two", mine.posted(base, step(teapot, "\treturn 5;\n", "\treturn 55;\n")));
    const mails = new Map([one, two].flatMap((posted) => posted.mails.map((mail) => [mail.messageId ?? "", mail])));
    const asked: string[][] = [];
    const found = await findCollisions([{ path: teapot, binary: false, edits: [{ start: 44, removed: ["\treturn 3;"], added: [] }] }], {
      touching: () => [one, two],
      mails: () => Promise.resolve(mails),
      base: () => Promise.resolve(teapotText()),
      blobs: (ids) => {
        asked.push([...ids]);
        return readBlobTexts(mine.top, ids);
      },
    });
    assert.deepEqual(
      found.map(({ series }) => series),
      [one.series],
    );
    assert.deepEqual(
      asked.map((ids) => ids.map((id) => mine.git("rev-parse", id).trim())),
      [[mine.git("rev-parse", `${base}:${teapot}`).trim()]],
    );
  });

  test("a file that both add", async () => {
    const theirs = post(
      "adds",
      mine.posted("HEAD", () => mine.write({ "none.c": "a\nb\n" })),
    );
    mine.write({ "none.c": "a\nc\n" });
    mine.git("add", "none.c");
    const [[collision, ...others], proofs] = await both([theirs]);
    assert.deepEqual([collision && isConflict(collision), others, proofs], [true, [], ["conflict"]]);
    mine.write({ "none.c": "a\nb\n" });
    const [[same], clean] = await both([theirs]);
    assert.deepEqual([same && isConflict(same), clean], [false, ["clean"]]);
    mine.git("reset", "--quiet", "--hard");
  });

  test("patches of a file under all its names; without a mail there is none", async () => {
    const { series, mails } = post(
      "names",
      mine.posted(
        "HEAD",
        step("virt/kvm/cup.c", "\treturn 3;\n", "\treturn 33;\n"),
        () => mine.git("mv", teapot, "virt/kvm/kettle.c"),
        step("virt/kvm/kettle.c", "\treturn 3;\n", "\treturn 33;\n"),
      ),
    );
    const revision = newestRevision(series);
    for (const path of [teapot, "virt/kvm/kettle.c"]) assert.deepEqual(patchesTouching(revision, path), [1, 2], path);
    assert.deepEqual(patchesTouching(revision, "virt/kvm/cup.c"), [0]);
    const known = (ids: readonly string[]) => {
      const found = mails.slice(0, 2).filter(({ messageId }) => messageId !== null && ids.includes(messageId));
      return Promise.resolve(new Map(found.map((mail) => [mail.messageId ?? "", mail])));
    };
    assert.deepEqual(
      (await loadPatchTexts(revision, teapot, known)).map(({ index }) => index),
      [2],
    );
    assert.deepEqual(
      (await loadPatchTexts(revision, null, known)).map(({ index }) => index),
      [1, 2],
    );
  });
});

suite("the proof that two series collide", () => {
  const repository = repositories();

  test("is made on what series are checked against, wherever HEAD is", async () => {
    const mine = repository();
    const begin = mine.git("rev-parse", "HEAD").trim();
    // On `next` the function that both change is another one than on HEAD.
    mine.git("switch", "--quiet", "-c", "next");
    mine.change(teapot, "\treturn 3;\n", "\treturn teapot_next(3);\n");
    const next = mine.commit("next");
    const to = (text: string) =>
      mine.posted(next, () => mine.change(teapot, "\treturn teapot_next(3);\n", `\treturn teapot_${text}(3);\n`));
    const [one, other] = [post("one", to("one")), post("other", to("other"))];
    mine.git("switch", "--quiet", "--detach", begin);
    mine.git("branch", "--quiet", "-D", "next");
    mine.git("update-ref", "refs/remotes/kvm/next", next);
    const before = mine.state();
    const prove = (base: string) =>
      proveSeries(
        mine.top,
        base,
        { series: one.series, name: "one" },
        { series: other.series, name: "other" },
        { mails: mailsOf([one, other]), moved: nothingMoved },
      );
    const proof = await prove("kvm/next");
    assert.equal(proof?.kind, "conflict");
    const [region] = proof.files[0]?.regions ?? [];
    assert.match(region?.text ?? "", /<<<<<<< one\n\treturn teapot_one\(3\);\n\|{7} common base\n\treturn teapot_next\(3\);\n/);
    await assert.rejects(prove("kvm/gone"), { name: "HumanError" });
    assert.equal(
      await proveSeries(
        mine.top,
        "HEAD",
        { series: one.series, name: "one" },
        { series: other.series, name: "other" },
        { mails: mailsOf([one]), moved: nothingMoved },
      ),
      null,
    );
    assert.deepEqual(mine.state(), before);
  });

  test("is made under the names that the tree has by now, also where each has another name for the file", async () => {
    const mine = repository();
    const kettle = "virt/kvm/kettle.c";
    const begin = mine.git("rev-parse", "HEAD").trim();
    const to = (text: string, file: string) => () => mine.change(file, "\treturn 3;\n", `\treturn teapot_${text}(3);\n`);
    const early = post("early", mine.posted(begin, to("early", teapot)));
    mine.git("mv", teapot, kettle);
    const now = mine.commit("move it");
    const late = post("late", mine.posted(now, to("late", kettle)));
    const moved = movedNames([{ name: teapot, path: kettle, when: "before", by: { commit: now } }]);
    const [one, other] = [early, late].map(({ series }, at) => ({ series, name: ["early", "late"][at] ?? "" }));
    const proof = await proveSeries(mine.top, "HEAD", one!, other!, { mails: mailsOf([early, late]), moved });
    assert.equal(proof?.kind, "conflict");
    assert.deepEqual([proof.whole, proof.files.map(({ path }) => path)], [true, [kettle]]);
  });
});
