/** What became of each patch over several revisions, and how a patch changed. */
import assert from "node:assert/strict";
import { changeSides } from "../../../../src/core/compare/changeSides";
import { compareEach } from "../../../../src/core/compare/compareRevisions";
import { type MatrixCell, type PatchMatrix, patchMatrix } from "../../../../src/core/compare/patchMatrix";
import { finished } from "../../../../src/core/steps";
import { adding, bodyOf, drifted, hunk, type MadePatch, postingOf } from "../../../support/comparedSeries";
import { alex, context, revisionsOf } from "../../../support/madeMail";
import { formatAuthor } from "../../../../src/core/mail/author";
import { mailFactsOf } from "../../../../src/core/postings/mailFacts";

const count = adding("KVM: x86: Count the teapots", "arch/x86/kvm/teapot.c", "	count_teapots(kvm);", "	tell_teapots(kvm);");
const warm = adding("KVM: x86: Warm the teapots", "arch/x86/kvm/warm.c", "	warm_teapot(vcpu);", "	wait_for_steam(vcpu);");
const pour = adding("KVM: selftests: Pour the tea", "tools/testing/selftests/kvm/tea.c", "	pour_tea(vm);", "	assert_cup_full(vm);");
const clean = adding("KVM: x86: Clean the teapots", "arch/x86/kvm/clean.c", "	rinse_teapot(kvm);", "	dry_teapot(kvm);");
const hotter = adding("KVM: x86: Warm the teapots", "arch/x86/kvm/warm.c", "	warm_teapot(vcpu);", "	wait_for_whistle(vcpu);");

function matrixOf(...postings: ReadonlyArray<ReadonlyArray<MadePatch | null>>): PatchMatrix {
  return matrixWith(postings, []);
}

function matrixWith(postings: ReadonlyArray<ReadonlyArray<MadePatch | null>>, letters: readonly string[]): PatchMatrix {
  const mails = postings.flatMap((patches, at) => postingOf(at + 1, patches, letters[at]));
  const revisions = revisionsOf(mails.map((mail) => mailFactsOf(mail, context)));
  assert.equal(revisions.length, postings.length);
  return patchMatrix(finished(compareEach(revisions, new Map(mails.map((mail) => [mail.messageId ?? "", mail])))));
}

/** `2 changed`, `gone dropped`, `-`: the rows in short, with patches as people number them. */
function inShort({ rows }: PatchMatrix): string[] {
  return rows.map((row) => row.map(cellInShort).join(" | "));
}

function cellInShort(cell: MatrixCell | null): string {
  if (!cell) return "-";
  const group = cell.before.length + cell.after.length > 2 ? ` ${numbers(cell.before)}>${numbers(cell.after)}` : "";
  return `${cell.patch === null ? "gone" : cell.patch + 1}${cell.state === null ? "" : ` ${cell.state}`}${cell.reordered ? "*" : ""}${group}`;
}

function numbers(places: readonly number[]): string {
  return places.map((at) => at + 1).join(",");
}

suite("patch matrix", () => {
  test("follows each patch from its first posting to the newest one", () => {
    assert.deepEqual(inShort(matrixOf([count, warm], [count, hotter, pour], [pour, drifted(count), hotter])), [
      "- | 3 new | 1 moved*",
      "1 | 1 unchanged | 2 moved",
      "2 | 2 changed | 3 moved",
    ]);
  });

  test("what was dropped stands below what preceded it, and ends where it was dropped", () => {
    assert.deepEqual(inShort(matrixOf([count, warm, pour, clean], [count, clean], [clean])), [
      "1 | 1 unchanged | gone dropped",
      "2 | gone dropped | -",
      "3 | gone dropped | -",
      "4 | 2 moved | 1 moved",
    ]);
  });

  test("a patch that became two, and two that became one, are compared together", () => {
    const both: MadePatch = { title: count.title, files: { ...count.files, ...warm.files } };
    assert.deepEqual(inShort(matrixOf([both, pour], [count, warm, pour])), ["1 | 1 split 1>1,2", "- | 2 split 1>1,2", "2 | 3 moved"]);
    assert.deepEqual(inShort(matrixOf([warm, count, pour], [both, pour])), [
      "1 | gone squashed 1,2>1",
      "2 | 1 squashed 1,2>1",
      "3 | 2 moved",
    ]);
  });

  test("says what of a patch changed, and nothing of one that is missing", () => {
    const { rows } = matrixOf([count, warm], [{ ...count, message: "For tea." }, hotter]);
    assert.deepEqual(
      rows.map((row) => row[1]?.changed),
      [["message"], ["diff"]],
    );
    const lost = matrixOf([count, warm, pour], [count, null, pour]);
    assert.deepEqual(inShort(lost), ["1 | 1 unchanged", "2 | gone unknown", "3 | 2 unchanged"]);
    assert.deepEqual(lost.problems, ["Patch 2 of v2 is missing in the sources."]);
  });

  test("tells of the cover letter", () => {
    const postings = [[count], [count], [count]];
    assert.deepEqual(matrixWith(postings, ["Tea.\n", "Tea.\n", "Green tea.\n"]).letters, ["unchanged", "unchanged", "changed"]);
  });

  test("of one revision, or of none, is empty", () => {
    assert.deepEqual(patchMatrix([]), { rows: [], letters: [null], problems: [] });
  });

  test("takes linear time in the parts of a patch", () => {
    const parts = Array.from({ length: 200 }, (_, at) =>
      adding(`KVM: Teapot ${at}`, `kvm/teapot${at}.c`, `	first_teapot_${at}(kvm);`, `	second_teapot_${at}(kvm);`),
    );
    const whole: MadePatch = {
      title: "KVM: All the teapots",
      files: Object.assign({}, ...parts.map(({ files }) => files)) as MadePatch["files"],
    };
    const { rows } = matrixOf([whole, pour], [...parts, pour]);
    assert.equal(rows.length, 201);
    assert.equal(rows[7]?.[1]?.after.length, 200);
  });
});

suite("sides of a changed patch", () => {
  const sides = (before: MadePatch, after: MadePatch) =>
    changeSides(
      [{ title: before.title, author: formatAuthor(alex), text: bodyOf(before) }],
      [{ title: after.title, author: formatAuthor(alex), text: bodyOf(after) }],
    );

  test("differ where the work does, and in nothing of the tree it is made on", () => {
    const same = sides(warm, drifted(warm));
    assert.equal(same.before, same.after);
    assert.doesNotMatch(same.before, /^index |^@@ -\d/m);
    const { before, after } = sides(warm, { ...drifted(hotter), message: "Listen." });
    assert.equal(before.replace("wait_for_steam", "wait_for_whistle").replace("Because.", "Listen."), after);
    assert.match(
      after,
      /^From: Alex Archer <alex@example\.org>\nSubject: KVM: x86: Warm the teapots\n\nListen\.\n\nSigned-off-by: .*\n\ndiff --git a\/arch\/x86\/kvm\/warm\.c b\/.*\n@@ void warm\(void\)\n/,
    );
  });

  test("have a file that one revision alone changes on its side alone", () => {
    const { before, after } = sides(warm, { ...warm, files: { ...warm.files, "a.c": [hunk("cup", ["+	add_cup();"])] } });
    assert(!before.includes("a.c") && after.includes("diff --git a/a.c b/a.c\n@@ void cup(void)\n 	begin_cup();\n+	add_cup();\n"));
  });

  test("put the patches that one became together", () => {
    const both: MadePatch = { title: "KVM: x86: Teapots", files: { ...count.files, ...warm.files } };
    const posted = [count, warm].map((patch) => ({ title: patch.title, author: formatAuthor(alex), text: bodyOf(patch) }));
    const { before, after } = changeSides([{ title: both.title, author: formatAuthor(alex), text: bodyOf(both) }], posted);
    assert.equal(before.slice(before.indexOf("diff --git")), after.slice(after.indexOf("diff --git")));
    assert.deepEqual(after.match(/^Subject: .*/gm), ["Subject: KVM: x86: Count the teapots", "Subject: KVM: x86: Warm the teapots"]);
  });
});
