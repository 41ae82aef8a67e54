import assert from "node:assert/strict";
import { readMail } from "../../../../src/core/mail/mail";
import { patchesTouching, patchTextsOfPath } from "../../../../src/core/series/revisionTexts";
import type { Patch } from "../../../../src/core/series/series";
import { revision } from "../../../support/invented";

const path = "virt/kvm/teapot.c";

function patch(index: number, more: Partial<Patch> = {}): Patch {
  const files = [{ path, changed: 2, added: 1, deleted: 1 }];
  const author = { name: "Ada Lind", email: "ada@example.org" };
  return {
    index,
    title: `Patch ${index}`,
    author,
    messageId: `${index}@example.org`,
    message: null,
    diff: null,
    files,
    trailers: [],
    ...more,
  };
}

/** What is known of each patch of a path: its number, and `gap` where those before it are not all there. */
function texts(patches: readonly Patch[], missing: readonly number[] = [], lost: readonly number[] = []): string[] {
  const there = patches.filter(({ index }) => index !== null && !lost.includes(index));
  const mail = ({ index }: Patch) =>
    readMail(
      new TextEncoder().encode(
        `From: Ada Lind <ada@example.org>\nMessage-ID: <${index}@example.org>\nSubject: [PATCH ${index}/9] x\n\nx\n---\n` +
          `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n-a\n+b\n`,
      ),
    );
  const mails = new Map(there.map((one) => [one.messageId ?? "", mail(one)]));
  const found = patchTextsOfPath(revision({ title: "x", expected: 9, patches, missing }), path, mails);
  return found.map(({ index, afterGap }) => `${index}${afterGap ? " gap" : ""}`);
}

suite("the patches of a revision that change a file", () => {
  const elsewhere = { files: [{ path: "virt/kvm/cup.c", changed: 2, added: 1, deleted: 1 }] };

  test("between those of a whole revision nothing is missing, though other patches change other files", () => {
    assert.deepEqual(texts([patch(1), patch(2, elsewhere), patch(3), patch(4)]), ["1", "3", "4"]);
  });

  test("it is said where patches between two are not known, whatever is the reason", () => {
    assert.deepEqual(texts([patch(2), patch(3), patch(5)], [1, 4]), ["2", "3", "5 gap"]);
    assert.deepEqual(texts([patch(1), patch(2), patch(3)], [], [2]), ["1", "3 gap"]);
    assert.deepEqual(texts([patch(1), patch(2, { messageId: null, files: [] }), patch(3)]), ["1", "3 gap"]);
  });

  test("a patch that stayed as an older revision had it was made on what that had", () => {
    const old = { carriedFrom: "v1" };
    assert.deepEqual(texts([patch(1, old), patch(2), patch(3, old), patch(4, old)]), ["1", "2 gap", "3 gap", "4"]);
    assert.deepEqual(texts([patch(1, old), patch(2, elsewhere), patch(3, old)]), ["1", "3 gap"]);
  });

  test("a copy is found by its own name, with what was done to its source; the source without it", () => {
    const source = { path: "virt/kvm/vmx.c", changed: 1, added: 1, deleted: 0 };
    const copy = { path: "virt/kvm/tdx.c", oldPath: source.path, copied: true as const, changed: 1, added: 1, deleted: 0 };
    const made = revision({
      title: "x",
      patches: [patch(1, { files: [source] }), patch(2, { files: [copy] }), patch(3, { files: [{ ...source, path: copy.path }] })],
    });
    assert.deepEqual(patchesTouching(made, copy.path), [0, 1, 2]);
    assert.deepEqual(patchesTouching(made, source.path), [0]);
  });
});
