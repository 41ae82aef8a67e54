import assert from "node:assert/strict";
import type { Collision } from "../../../src/core/lines/collisions";
import {
  bySeries,
  collidesList,
  collidesText,
  collisionPlacesText,
  overlapLines,
  proofDocument,
  proofSentence,
} from "../../../src/render/collisions";
import { revision, seriesWith } from "../../support/invented";

const file = { path: "virt/kvm/teapot.c", binary: false, edits: [] };
const place = (start: number, end: number, patches: readonly number[], same = false) => ({
  start,
  end,
  patches,
  same,
  mine: [],
  theirs: [],
});

function collision(id: string, title: string, ...overlaps: Collision["overlaps"]): Collision {
  return { series: seriesWith([revision({ title })], { id, title }), file, overlaps };
}

suite("collisions in words", () => {
  test("lines count from one; where both only add they are the two around", () => {
    assert.deepEqual([place(11, 14, []), place(0, 1, []), place(5, 5, []), place(0, 0, [])].map(overlapLines), [
      [12, 14],
      [1, 1],
      [5, 6],
      [1, 1],
    ]);
    assert.equal(
      collisionPlacesText(collision("a", "t", place(11, 14, [3, 1]), place(39, 40, [1]))),
      "virt/kvm/teapot.c:12-14, 40 · patches 1, 3",
    );
    assert.equal(collidesText(1), "collides with 1 series");
  });

  test("series with something to merge come first, each once", () => {
    const found = bySeries([
      collision("aaaaaaaaaaaa", "Same", place(1, 2, [1], true)),
      collision("bbbbbbbbbbbb", "Other", place(1, 2, [1], true)),
      collision("bbbbbbbbbbbb", "Other", place(4, 5, [2])),
    ]);
    assert.deepEqual(
      found.map(({ series, collisions, conflicts }) => [series.title, collisions.length, conflicts]),
      [
        ["Other", 2, true],
        ["Same", 1, false],
      ],
    );
    assert.equal(collidesList([], new Map()), "No pending series changes the lines you change.\n");
    assert.match(collidesList(found, new Map()), /^collides {2}b{12} {2}Other {2}v1\n( {10}.*\n){2}same {6}a{12} {2}Same {2}v1\n/);
  });

  test("what git said is one sentence, and says when it is of a part", () => {
    assert.equal(proofSentence({ kind: "clean", whole: true }), "git merges both without conflicts.");
    assert.match(proofSentence({ kind: "clean", whole: false }), /only its changes to files you changed were merged\.$/);
    assert.match(proofSentence({ kind: "unapplied", side: "theirs", patch: 3, path: null }), /^Patch 3 of the series does not apply/);
  });

  test("where git has nothing to merge the document shows what both make of the lines", () => {
    const meeting = {
      ...place(11, 13, [3]),
      mine: [{ start: 11, removed: ["a"], added: ["mine\u202e"] }],
      theirs: [{ start: 11, removed: ["a", "b"], added: ["theirs"], patches: [3] }],
    };
    const [one] = bySeries([collision("a", "KVM: Brew", place(1, 2, [1], true), meeting)]);
    assert(one);
    assert.equal(
      proofDocument(one, { kind: "unapplied", side: "theirs", patch: 2, path: "virt/kvm/teapot.c" }),
      `KVM: Brew v1
  virt/kvm/teapot.c:2, 12-13 · patches 1, 3

Patch 2 of the series does not apply to the base of your changes (virt/kvm/teapot.c).
There is nothing to merge.

virt/kvm/teapot.c:

@@ base lines 12-13 @@
<<<<<<< your changes
mine⟨U+202E⟩
b
||||||| common base
a
b
=======
theirs
>>>>>>> KVM: Brew v1
`,
    );
  });

  test("a stranger's title, path and text stay text", () => {
    const [one] = bySeries([{ ...collision("a", "\u202eevil\u001b[31m"), file: { ...file, path: "a\u202e.c" } }]);
    assert(one);
    const conflict = { path: "b\u202e.c", message: "m", regions: [{ line: 1, text: "\u202e<<<<<<< x" }] };
    const document = proofDocument(one, { kind: "conflict", whole: true, files: [conflict] });
    assert.doesNotMatch(document, /[\u202e\u001b]/);
  });
});
