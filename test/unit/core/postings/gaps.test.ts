import assert from "node:assert/strict";
import { madeSeries, revisionOf } from "../../../support/madeMail";

const titles = ["KVM: x86: Count the teapots", "mm: Warm the teapots", "net: Pour the tea", "KVM: selftests: Taste it"];

function shown(letter: string, without: readonly number[]): unknown[] {
  const { patches, missing } = revisionOf(madeSeries({ id: "v1", titles, letter, without }));
  return [patches.map(({ index, title, messageId }) => `${index ?? "?"} ${messageId === null ? title : "here"}`), missing];
}

suite("what the cover letter tells of patches that are not here", () => {
  test("the shortlog of one author is in patch order", () => {
    const letter = `Alex Archer (4):\n${titles.map((title) => `  ${title}\n`).join("")}`;
    assert.deepEqual(shown(letter, [2, 3]), [["1 here", "2 mm: Warm the teapots", "3 net: Pour the tea", "4 here"], []]);
  });

  test("of several authors places are known where all that is not here is one author's", () => {
    const letter = `Alex Archer (2):\n  ${titles[0] ?? ""}\n  ${titles[3] ?? ""}\n\nBea Baker (2):\n  ${titles[1] ?? ""}\n  ${titles[2] ?? ""}\n`;
    assert.deepEqual(shown(letter, [2, 3]), [["1 here", "2 mm: Warm the teapots", "3 net: Pour the tea", "4 here"], []]);
    // Here the titles are known and not which is whose place.
    assert.deepEqual(shown(letter, [2, 4]), [["1 here", "3 here", "? KVM: selftests: Taste it", "? mm: Warm the teapots"], []]);
    // The shortlog is none of this posting's, or was cut.
    assert.deepEqual(shown(`Alex Archer (1):\n  ${titles[0] ?? ""}\n\nBea Baker (1):\n  ${titles[1] ?? ""}\n`, [2, 3]), [
      ["1 here", "4 here"],
      [2, 3],
    ]);
  });

  test("the diffstat tells files only where patches are not here, and those of the patches whole", () => {
    const letter = " .../x86/kvm/teapot.c | 2 +-\n mm/warm.c            | 2 +-\n 2 files changed, 2 insertions(+), 2 deletions(-)\n";
    const all = revisionOf(madeSeries({ id: "v1", letter }));
    assert.deepEqual([all.diffstat, all.files.includes("mm/warm.c")], [[], false]);
    const some = revisionOf(madeSeries({ id: "v1", letter, without: [2, 3] }));
    assert.deepEqual(some.files, ["arch/x86/kvm/teapot.c", "mm/warm.c"]);
    assert.deepEqual(revisionOf(madeSeries({ id: "v1", letter, without: [1, 2, 3] })).files, [".../x86/kvm/teapot.c", "mm/warm.c"]);
  });
});
