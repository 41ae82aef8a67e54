import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileOfCommit, folderOfCommit } from "../../../src/checkout/committedFiles";
import { previewTree } from "../../../src/checkout/previewTree";
import { readMail } from "../../../src/core/mail/mail";
import { exactPatchTexts } from "../../../src/core/mail/patchMail";
import { textOfPatch, textsOfPatches } from "../../../src/core/series/revisionTexts";
import { type History, makeHistory, numbered, sent } from "../../support/pendingHistory";

suite("a tree with a series applied", () => {
  let history: History;
  setup(() => (history = makeHistory({ "a/file.c": numbered(40), "a/gone.c": numbered(30), "b/moved.c": numbered(60, { 1: "moved" }) })));
  teardown(() => history.dispose());
  const text = (bytes: Uint8Array | null | undefined): string | null => (bytes ? Buffer.from(bytes).toString("utf8") : null);

  /** Texts of three patches that are on no branch. */
  function patches(): string[] {
    history.git("switch", "--quiet", "-c", "author");
    history.commit("KVM: Change", { "a/file.c": numbered(40, { 5: "five" }), "a/new.c": "new\n" });
    history.commit("KVM: Change again, delete", { "a/file.c": numbered(40, { 5: "five", 6: "six" }), "a/gone.c": null });
    history.commit("KVM: Move", { "b/moved.c": null, "c/moved.c": numbered(60, { 1: "moved", 60: "to here" }) });
    const { revision, bytes } = sent(history.mails("main..author", { cover: "KVM: Change" }));
    history.git("switch", "--quiet", "main");
    const mails = new Map([...bytes].map(([id, mail]) => [id, readMail(mail)]));
    return revision.patches.map((_, at) => textOfPatch(revision, at, mails) ?? "");
  }

  const state = (): string[] => [
    history.git("for-each-ref"),
    history.git("count-objects", "-v"),
    history.git("status", "--porcelain"),
    readFileSync(join(history.folder, ".git", "index"), "latin1"),
    readdirSync(join(history.folder, ".git")).join(),
  ];

  test("its files before and after, and nothing of the person's changes", async () => {
    const texts = patches();
    const head = history.git("rev-parse", "HEAD");
    history.write({ "a/file.c": "not committed\n" });
    const before = state();
    const { files, stoppedAt } = await previewTree(history.folder, head, texts);
    assert.deepEqual(state(), before);
    assert.equal(stoppedAt, null);
    assert.deepEqual(
      files.map(({ path, oldPath, before: old, after }) => [path, oldPath, old !== null, after !== null]),
      [
        ["a/file.c", "a/file.c", true, true],
        ["a/gone.c", "a/gone.c", true, false],
        ["a/new.c", "a/new.c", false, true],
        ["c/moved.c", "b/moved.c", true, true],
      ],
    );
    assert.equal(text(files[0]?.before), numbered(40));
    assert.equal(text(files[0]?.after), numbered(40, { 5: "five", 6: "six" }));
    assert.equal(text(files[3]?.after), numbered(60, { 1: "moved", 60: "to here" }));
  });

  test("up to one of its patches", async () => {
    const texts = patches();
    const { files } = await previewTree(history.folder, history.git("rev-parse", "HEAD"), texts.slice(0, 1));
    assert.equal(text(files[0]?.after), numbered(40, { 5: "five" }));
    assert.equal(files.length, 2);
  });

  test("by three-way merge, and as far as it applies", async () => {
    const texts = patches();
    const merged = history.commit("Mine", { "a/file.c": numbered(40, { 8: "eight" }) });
    const one = await previewTree(history.folder, merged, texts);
    assert.equal(one.stoppedAt, null);
    assert.equal(text(one.files[0]?.after), numbered(40, { 5: "five", 6: "six", 8: "eight" }));
  });

  test("where git stops, the changes stand where their lines do, and the others are counted", async () => {
    const texts = patches();
    const mine = history.commit("Mine", { "a/file.c": numbered(40, { 2: "two", 6: "mine" }), "b/moved.c": null });
    const before = state();
    const { files, stoppedAt, left, missing } = await previewTree(history.folder, mine, texts);
    assert.deepEqual(state(), before);
    // Lines 5 and 6 are one change of the series, and mine has a part of it.
    assert.deepEqual([stoppedAt, left, missing], [0, 1, ["b/moved.c"]]);
    assert.deepEqual(
      files.map(({ path, before: old, after }) => [path, old !== null, after !== null]),
      [
        ["a/gone.c", true, false],
        ["a/new.c", false, true],
      ],
    );
    assert.equal(text(files[1]?.after), "new\n");
  });

  test("a later patch that stops takes the whole file to be placed, the others stay as git made them", async () => {
    history.git("switch", "--quiet", "-c", "author");
    history.commit("KVM: First", { "a/file.c": numbered(40, { 5: "five" }), "a/gone.c": numbered(30, { 3: "three" }) });
    history.commit("KVM: Second", { "a/file.c": numbered(40, { 5: "five", 20: "twenty", 30: "thirty" }) });
    const { revision, bytes } = sent(history.mails("main..author", { cover: "KVM: Change" }));
    history.git("switch", "--quiet", "main");
    const mails = new Map([...bytes].map(([id, mail]) => [id, readMail(mail)]));
    const texts = revision.patches.map((_, at) => textOfPatch(revision, at, mails) ?? "");
    const mine = history.commit("Mine", { "a/file.c": numbered(40, { 20: "mine" }) });
    const { files, stoppedAt, left } = await previewTree(history.folder, mine, texts);
    assert.deepEqual([stoppedAt, left], [1, 1]);
    assert.equal(text(files[0]?.after), numbered(40, { 5: "five", 20: "mine", 30: "thirty" }));
    assert.equal(text(files[1]?.after), numbered(30, { 3: "three" }));
  });

  test("what a copy is made of stays, where git stops too", async () => {
    history.git("switch", "--quiet", "-c", "author");
    history.commit("KVM: Copy", {
      "a/file.c": numbered(40, { 5: "five" }),
      "b/copied.c": numbered(60, { 1: "moved", 60: "copied" }),
      "b/moved.c": numbered(60, { 1: "moved", 30: "thirty" }),
    });
    const { revision, bytes } = sent(history.mails("main..author", { more: ["-C"] }));
    history.git("switch", "--quiet", "main");
    const mails = new Map([...bytes].map(([id, mail]) => [id, readMail(mail)]));
    const texts = [textOfPatch(revision, 0, mails) ?? ""];
    assert.match(texts[0] ?? "", /^copy from b\/moved\.c$/m);
    const mine = history.commit("Mine", { "a/file.c": numbered(40, { 5: "mine" }) });
    const { files, stoppedAt, left } = await previewTree(history.folder, mine, texts);
    assert.deepEqual([stoppedAt, left], [0, 1]);
    assert.deepEqual(
      files.map(({ path, oldPath, before, after }) => [path, oldPath, before !== null, text(after)]),
      [
        ["b/copied.c", "b/copied.c", false, numbered(60, { 1: "moved", 60: "copied" })],
        ["b/moved.c", "b/moved.c", true, numbered(60, { 1: "moved", 30: "thirty" })],
      ],
    );
  });

  test("a file that is no UTF-8 keeps its bytes, where git applies the patch and where it is placed", async () => {
    const latin = (changes: Readonly<Record<number, string>>): Buffer =>
      Buffer.from(numbered(40, { 1: "/* J\xfcrgen */", ...changes }), "latin1");
    history.commit("Latin", { "a/latin.c": latin({}) });
    history.git("switch", "--quiet", "-c", "author");
    history.commit("KVM: Change", { "a/latin.c": latin({ 3: "/* \xfcber \xa0 */", 30: "thirty" }) });
    const { revision, bytes } = sent(history.mails("main..author"));
    history.git("switch", "--quiet", "main");
    const mails = new Map([...bytes].map(([id, mail]) => [id, readMail(mail)]));
    const texts = textsOfPatches(revision, mails, exactPatchTexts).map((one) => one ?? "");
    const { files } = await previewTree(history.folder, history.git("rev-parse", "HEAD"), texts);
    assert.deepEqual(Buffer.from(files[0]?.after ?? []), latin({ 3: "/* \xfcber \xa0 */", 30: "thirty" }));
    const mine = history.commit("Mine", { "a/latin.c": latin({ 30: "mine" }) });
    const placed = await previewTree(history.folder, mine, texts);
    assert.deepEqual([placed.stoppedAt, placed.left], [0, 1]);
    assert.deepEqual(Buffer.from(placed.files[0]?.after ?? []), latin({ 3: "/* \xfcber \xa0 */", 30: "mine" }));
  });

  test("files and folders of the commit it stands on", async () => {
    const head = history.git("rev-parse", "HEAD");
    assert.equal(text(await fileOfCommit(history.folder, head, "a/file.c")), numbered(40));
    for (const path of ["a", "none", "../x", "", "a/file.c\n"]) assert.equal(await fileOfCommit(history.folder, head, path), null, path);
    assert.deepEqual(await folderOfCommit(history.folder, head, ""), [
      { name: "a", isFolder: true },
      { name: "b", isFolder: true },
    ]);
    assert.deepEqual(await folderOfCommit(history.folder, head, "b"), [{ name: "moved.c", isFolder: false }]);
    for (const path of ["none", "a/file.c", "../b"]) assert.equal(await folderOfCommit(history.folder, head, path), null, path);
  });
});
