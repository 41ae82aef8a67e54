import assert from "node:assert/strict";
import { type PageState, parsePageMessage, parsePageState, parseState } from "../../../src/shared/protocol";

suite("page protocol", () => {
  for (const message of [
    { type: "ready" },
    { type: "find" },
    { type: "requestDiff", revision: 0, patch: 15 },
    { type: "openFile", path: "arch/x86/kvm/x86.c", line: 12 },
    { type: "openFile", path: ".../kvm/x86.c", line: null },
    { type: "openLink", url: "https://lore.kernel.org/all/a@example.org/" },
    { type: "openArchive", revision: 1, patch: null },
    { type: "openDiff", revision: 1, patch: 2, path: null },
    { type: "openDiff", revision: 1, patch: 2, path: "a.c" },
    { type: "copy", what: "link", revision: 0, patch: null },
    { type: "copy", what: "messageId", revision: 0, patch: 3 },
    { type: "copy", what: "patch", revision: 0, patch: 3 },
    { type: "copy", what: "hunk", text: "@@ -1 +1 @@" },
    { type: "selectRevision", revision: 2 },
    { type: "requestTexts", revision: 2 },
    { type: "requestReviews", revision: 2 },
    { type: "requestComparison" },
    { type: "openChange", from: 0, to: 1, before: [2, 3], after: [2] },
    { type: "openLetterChange", from: 0, to: 1 },
    { type: "requestReplies", revision: 2, replies: [0, 7] },
    { type: "openReply", revision: 2, reply: 7 },
    { type: "openSeries", id: "0123456789ab" },
    { type: "proveConflict", id: "0123456789ab" },
    { type: "openConflict", id: "0123456789ab" },
    { type: "showCommit", commit: "0123456789abcdef0123456789abcdef01234567" },
  ]) {
    test(`takes ${JSON.stringify(message)} and nothing more of it`, () => {
      assert.deepEqual(parsePageMessage({ ...message, more: "x" }), message);
    });
  }

  for (const message of [
    null,
    "ready",
    [],
    {},
    { type: "constructor" },
    { type: "requestDiff", revision: -1, patch: 0 },
    { type: "requestDiff", revision: 0.5, patch: 0 },
    { type: "requestDiff", revision: "0", patch: 0 },
    { type: "requestReplies", revision: 0, replies: ["x"] },
    { type: "requestReplies", revision: 0, replies: Array.from({ length: 1000 }, (_, at) => at) },
    { type: "openReply", revision: 0, reply: null },
    { type: "openChange", from: 0, to: 1, before: [-1], after: ["2"] },
    { type: "openLetterChange", from: 0, to: "HEAD" },
    { type: "openSeries", id: "0123456789ab; rm" },
    { type: "openSeries", id: "../../etc" },
    { type: "proveConflict", id: "HEAD" },
    { type: "openConflict", id: null },
    { type: "showCommit", commit: "HEAD" },
    { type: "showCommit", commit: "--output=x" },
    { type: "openFile", path: "/etc/passwd", line: null },
    { type: "openFile", path: "a/../../b", line: null },
    { type: "openFile", path: "C:\\x", line: null },
    { type: "openFile", path: "a\0b", line: null },
    { type: "openFile", path: "a".repeat(5000), line: null },
    { type: "openFile", path: "a.c" },
    { type: "openLink", url: "command:workbench.action.quit" },
    { type: "openLink", url: "javascript:alert(1)" },
    { type: "openLink", url: "https://lore.kernel.org@evil.example/" },
    { type: "openLink", url: 1 },
    { type: "openDiff", revision: 0, patch: 0, path: "../x" },
    { type: "copy", what: "all", revision: 0, patch: null },
    { type: "copy", what: "patch", revision: 0, patch: null },
    { type: "copy", what: "hunk", text: { toString: "x" } },
  ]) {
    test(`refuses ${JSON.stringify(message).slice(0, 80)}`, () => assert.equal(parsePageMessage(message), null));
  }

  test("what was kept is read back, and nothing else is", () => {
    const state: PageState = {
      seriesId: "0123456789ab",
      revision: "v1 x",
      layout: "side",
      open: [1],
      replies: ["a@example.org"],
      folded: ["changelog-1"],
      patch: null,
      offset: -3,
    };
    assert.deepEqual(parsePageState(JSON.parse(JSON.stringify(state))), state);
    assert.deepEqual(parsePageState({ ...state, replies: undefined }), { ...state, replies: [] });
    for (const wrong of [
      null,
      { ...state, replies: [1] },
      {},
      { ...state, layout: "x" },
      { ...state, open: ["1"] },
      { ...state, offset: Number.NaN },
      { ...state, seriesId: 1 },
      { ...state, patch: -1 },
    ]) {
      assert.equal(parsePageState(wrong), null);
    }
  });

  test("the state a message is about is read beside it", () => {
    assert.deepEqual(
      [parseState({ type: "ready", state: 3 }), parseState({ state: null }), parseState({ state: "3" }), parseState(null)],
      [3, null, null, null],
    );
  });
});
