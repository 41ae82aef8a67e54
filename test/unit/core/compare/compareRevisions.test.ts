/** What became of the patches of a revision in the next one. */
import assert from "node:assert/strict";
import {
  adding,
  bodyOf,
  compared,
  comparisonOf,
  differingRows,
  hunk,
  type MadePatch,
  pairsInShort,
  postingOf,
} from "../../../support/comparedSeries";
import { bea, madeMail } from "../../../support/madeMail";

const count = adding("KVM: x86: Count the teapots", "arch/x86/kvm/teapot.c", "	count_teapots(kvm);", "	tell_teapots(kvm);");
const warm = adding("KVM: x86: Warm the teapots", "arch/x86/kvm/warm.c", "	warm_teapot(vcpu);", "	wait_for_steam(vcpu);");
const pour = adding("KVM: selftests: Pour the tea", "tools/testing/selftests/kvm/tea.c", "	pour_tea(vm);", "	assert_cup_full(vm);");
const clean = adding("KVM: x86: Clean the teapots", "arch/x86/kvm/clean.c", "	rinse_teapot(kvm);", "	dry_teapot(kvm);");

const changed = (patch: MadePatch, more: Partial<MadePatch>): MadePatch => ({ ...patch, ...more });

suite("revisions compared", () => {
  test("what was sent again as it was", () => {
    const comparison = compared([count, warm, pour], [count, warm, pour]);
    assert.deepEqual(pairsInShort(comparison), ["1>1 unchanged", "2>2 unchanged", "3>3 unchanged"]);
    assert.deepEqual(differingRows(comparison), []);
    assert.deepEqual(comparison.cover, []);
    assert.deepEqual(comparison.problems, []);
  });

  test("context and line numbers that drift are no change", () => {
    const rows = ["-	old();", "+	new_teapot();"];
    const before: MadePatch = { title: count.title, files: { "a.c": [hunk("one", rows, 10), hunk("two", rows, 90)] } };
    const drifted = hunk("one", rows, 300);
    const after: MadePatch = {
      title: count.title,
      files: { "a.c": [{ ...drifted, rows: [" 	other_lines();", ...drifted.rows, " 	and_others();"] }, hunk("two", rows, 390)] },
    };
    const comparison = compared([before, warm], [after, warm]);
    assert.deepEqual(pairsInShort(comparison), ["1>1 unchanged", "2>2 unchanged"]);
    assert.deepEqual(differingRows(comparison), []);
  });

  test("two hunks that drifted into one are no change", () => {
    const apart = [hunk("one", ["+	first_teapot();"], 10), hunk("one", ["+	second_teapot();"], 20)];
    const joined = { ...hunk("one", []), rows: [" 	begin_one();", "+	first_teapot();", " 	end_one();", "+	second_teapot();", " 	end_one();"] };
    const comparison = compared(
      [{ title: count.title, files: { "a.c": apart } }, warm],
      [{ title: count.title, files: { "a.c": [joined] } }, warm],
    );
    assert.deepEqual(pairsInShort(comparison), ["1>1 unchanged", "2>2 unchanged"]);
  });

  test("the same lines in another function are a change", () => {
    const rows = ["-	return 0;", "+	return teapot();"];
    const at = (heading: string): MadePatch => {
      const { rows: inner, ...rest } = hunk(heading, rows);
      return { title: count.title, files: { "a.c": [{ ...rest, rows: [` 	before_${heading}();`, ...inner] }] } };
    };
    const comparison = compared([at("one"), warm], [at("two"), warm]);
    assert.deepEqual(pairsInShort(comparison), ["1>1 changed", "2>2 unchanged"]);
    assert.deepEqual(differingRows(comparison), ["--	return 0;", "-+	return teapot();", "+-	return 0;", "++	return teapot();"]);
  });

  test("a change, with the lines that changed", () => {
    const after = changed(warm, { files: { "arch/x86/kvm/warm.c": [hunk("warm", ["+	warm_teapot(vcpu);", "+	wait_for_whistle(vcpu);"])] } });
    const comparison = compared([count, warm], [count, after]);
    assert.deepEqual(pairsInShort(comparison), ["1>1 unchanged", "2>2 changed"]);
    assert.deepEqual(differingRows(comparison), ["-+	wait_for_steam(vcpu);", "++	wait_for_whistle(vcpu);"]);
    assert.equal(comparison.pairs[1]?.diff[0]?.hunks[0]?.heading, "void warm(void)");
  });

  test("white space is a change", () => {
    const after = changed(warm, { files: { "arch/x86/kvm/warm.c": [hunk("warm", ["+	warm_teapot(vcpu);", "+		wait_for_steam(vcpu);"])] } });
    assert.deepEqual(pairsInShort(compared([count, warm], [count, after])), ["1>1 unchanged", "2>2 changed"]);
  });

  test("patches pushed along by a new one moved; one that passed another was reordered", () => {
    assert.deepEqual(pairsInShort(compared([count, warm, pour], [clean, count, warm, pour])), [
      "->1 new",
      "1>2 moved",
      "2>3 moved",
      "3>4 moved",
    ]);
    assert.deepEqual(pairsInShort(compared([count, warm, pour, clean], [clean, count, warm, pour])), [
      "4>1 moved*",
      "1>2 moved",
      "2>3 moved",
      "3>4 moved",
    ]);
  });

  test("what moved and changed is changed", () => {
    const after = changed(pour, {
      files: { "tools/testing/selftests/kvm/tea.c": [hunk("warm", ["+	pour_tea(vm);", "+	assert_cup_half(vm);"])] },
    });
    assert.deepEqual(pairsInShort(compared([count, warm, pour], [after, count, warm])), ["3>1 changed*", "1>2 moved", "2>3 moved"]);
  });

  test("what was dropped stands where it stood", () => {
    assert.deepEqual(pairsInShort(compared([count, warm, pour], [count, pour])), ["1>1 unchanged", "2>- dropped", "3>2 moved"]);
    assert.deepEqual(pairsInShort(compared([count, warm, pour], [count, warm])), ["1>1 unchanged", "2>2 unchanged", "3>- dropped"]);
  });

  test("another title for the same change", () => {
    const after = changed(warm, { title: "KVM: x86: Heat whatever holds tea" });
    const comparison = compared([count, warm], [count, after]);
    assert.deepEqual(pairsInShort(comparison), ["1>1 unchanged", "2>2 unchanged"]);
    assert.deepEqual(
      comparison.pairs.map(({ titleChanged }) => titleChanged),
      [false, true],
    );
  });

  test("another title for a like change, and that title for another one", () => {
    const lines = Array.from({ length: 12 }, (_, at) => `	boil_litre_${at}(vcpu);`);
    const before = adding("KVM: x86: Boil the water", "a.c", ...lines);
    const renamed = adding("KVM: x86: Introduce a kettle", "a.c", ...lines.slice(0, 11), "	boil_rest(vcpu);");
    const namesake = adding("KVM: x86: Boil the water", "b.c", "	say_hello_to(vcpu);");
    assert.deepEqual(pairsInShort(compared([count, before], [count, renamed, namesake])), ["1>1 unchanged", "2>2 changed", "->3 new"]);
  });

  test("a patch that was written anew under its title", () => {
    const after = adding(warm.title, "virt/kvm/stove.c", "	light_fire(kvm);");
    const comparison = compared([count, warm], [count, after]);
    assert.deepEqual(pairsInShort(comparison), ["1>1 unchanged", "2>2 changed"]);
    assert.deepEqual(
      comparison.pairs[1]?.diff.map(({ side, path }) => side + path),
      ["+virt/kvm/stove.c", "-arch/x86/kvm/warm.c"],
    );
  });

  test("a patch that became two, under the old title and under new ones", () => {
    const lines = ["	first_part_of_tea(vm);", "	second_part_of_tea(vm);", "	third_part_of_tea(vm);", "	fourth_part_of_tea(vm);"];
    const whole = adding("KVM: x86: Serve tea", "a.c", ...lines);
    const first = adding("KVM: x86: Prepare to serve tea", "a.c", ...lines.slice(0, 2));
    const rest = adding("KVM: x86: Serve tea", "a.c", ...lines.slice(2));
    const comparison = compared([count, whole], [count, first, rest]);
    assert.deepEqual(pairsInShort(comparison), ["1>1 unchanged", "2>2 split", "2>3 split"]);
    assert.deepEqual(differingRows(comparison), [], "nothing but the split changed");
    const anew = changed(rest, { title: "KVM: x86: Hand out cups" });
    assert.deepEqual(pairsInShort(compared([count, whole], [count, first, anew])), ["1>1 unchanged", "2>2 split", "2>3 split"]);
  });

  test("two patches that became one", () => {
    const lines = ["	first_part_of_tea(vm);", "	second_part_of_tea(vm);", "	third_part_of_tea(vm);", "	fourth_part_of_tea(vm);"];
    const first = adding("KVM: x86: Prepare to serve tea", "a.c", ...lines.slice(0, 2));
    const second = adding("KVM: x86: Serve tea", "a.c", ...lines.slice(2));
    const whole = adding("KVM: x86: Serve tea", "a.c", ...lines, "	fifth_part_of_tea(vm);");
    const comparison = compared([first, second, count], [whole, count]);
    assert.deepEqual(pairsInShort(comparison), ["1>1 squashed", "2>1 squashed", "3>2 moved"]);
    assert.deepEqual([...new Set(differingRows(comparison))], ["++	fifth_part_of_tea(vm);"]);
  });

  test("one patch twice", () => {
    assert.deepEqual(pairsInShort(compared([count, warm, warm], [count, warm, warm])), ["1>1 unchanged", "2>2 unchanged", "3>3 unchanged"]);
    assert.deepEqual(pairsInShort(compared([count, warm, warm], [count, warm])), ["1>1 unchanged", "2>2 unchanged", "3>- dropped"]);
    const other = changed(warm, { title: "KVM: x86: Warm the other teapots" });
    assert.deepEqual(pairsInShort(compared([warm, other, count], [other, warm, count])), ["2>1 moved", "1>2 moved*", "3>3 unchanged"]);
  });

  test("a copy of a mail makes no second patch", () => {
    const again = madeMail({ id: "copy@example.org", subject: `[PATCH v2 2/2] ${warm.title}`, to: "v2-0@example.org", body: bodyOf(warm) });
    assert.deepEqual(pairsInShort(comparisonOf(postingOf(1, [count, warm]), [...postingOf(2, [count, warm]), again])), [
      "1>1 unchanged",
      "2>2 unchanged",
    ]);
  });

  test("message, trailers and author", () => {
    const before = changed(warm, { message: "Cold tea is bad.\n\nWarm the teapots, since cups are cold as well and nobody likes that." });
    const after = changed(warm, {
      message: "Cold tea is awful.\n\nWarm the teapots, since cups are cold\nas well and nobody likes that.",
      trailers: ["Reviewed-by: Bea Baker <bea@example.org>"],
      from: bea,
    });
    const [, pair] = compared([count, before], [count, after]).pairs;
    assert.equal(pair?.state, "unchanged");
    assert.equal(pair.authorChanged, true);
    assert.deepEqual(pair.trailers, [{ side: "+", text: "Reviewed-by: Bea Baker <bea@example.org>" }]);
    assert.deepEqual(
      pair.message
        .flat()
        .filter(({ side }) => side !== " ")
        .slice(0, 2),
      [
        { side: "-", text: "Cold tea is bad." },
        { side: "+", text: "Cold tea is awful." },
      ],
    );
    const wrapped = changed(before, { message: before.message?.replace("cups are", "cups\nare") ?? "" });
    assert.deepEqual(compared([count, before], [count, wrapped]).pairs[1]?.message, []);
  });

  test("the cover letter without what is made anew each time", () => {
    const letter = (words: string, changes: number): string =>
      `${words}\n\nAlex Archer (2):\n  ${count.title}\n  ${warm.title}\n\n arch/x86/kvm/teapot.c | ${changes} +\n 1 file changed, ${changes} insertions(+)\n create mode 100644 arch/x86/kvm/teapot.c\n\n-- \n2.${changes}\n`;
    const comparison = comparisonOf(
      postingOf(1, [count, warm], letter("Tea.", 3)),
      postingOf(2, [count, warm], letter("Tea.\n\nv2: warmer", 4)),
    );
    assert.deepEqual(
      comparison.cover.flat().filter(({ side }) => side !== " "),
      [
        { side: "+", text: "" },
        { side: "+", text: "v2: warmer" },
      ],
    );
    assert.deepEqual(
      comparisonOf(postingOf(1, [count, warm], letter("Tea.", 3)), postingOf(2, [count, warm], letter("Tea.", 4))).cover,
      [],
    );
  });

  test("what is missing is not said to be new or dropped", () => {
    const comparison = compared([count, warm, pour], [count, null, clean]);
    assert.deepEqual(pairsInShort(comparison), ["1>1 unchanged", "2>- unknown", "3>- unknown", "->3 new"]);
    assert.deepEqual(comparison.problems, ["Patch 2 of v2 is missing in the sources."]);
  });

  test("a patch whose mail is gone is paired by its title, and nothing is said of it", () => {
    const comparison = comparisonOf(postingOf(1, [count, warm]), postingOf(2, [count, warm]), ["v1-2@example.org"]);
    assert.deepEqual(pairsInShort(comparison), ["1>1 unchanged", "2>2 unknown"]);
    assert.deepEqual(comparison.problems, ["Patch 2 of v1 has no diff in the sources."]);
  });

  test("files that were renamed in between are one file", () => {
    const lines = ["	one_teapot(kvm);", "	two_teapots(kvm);", "	three_teapots(kvm);"];
    const before = adding(count.title, "arch/x86/kvm/avec.c", ...lines);
    const after = adding(count.title, "arch/x86/kvm/dmsintc.c", ...lines, "	four_teapots(kvm);");
    const comparison = compared([before, warm], [after, warm]);
    assert.deepEqual(differingRows(comparison), ["++	four_teapots(kvm);"]);
    assert.equal(comparison.pairs[0]?.diff[0]?.fromPath, "arch/x86/kvm/avec.c");
  });

  test("the order of comparing does not matter to what is paired", () => {
    const [there, back] = [compared([count, warm, pour], [pour, clean, count]), compared([pour, clean, count], [count, warm, pour])];
    const pairs = (one: typeof there): string[] => one.pairs.map(({ from, to }) => `${from?.title ?? "-"} ${to?.title ?? "-"}`).sort();
    const turned = back.pairs.map(({ from, to }) => `${to?.title ?? "-"} ${from?.title ?? "-"}`).sort();
    assert.deepEqual(pairs(there), turned);
  });

  test("thousands of patches that all look alike take a moment", () => {
    const many = Array.from({ length: 1000 }, (_, at) =>
      adding("KVM: x86: Fix it", "a.c", ...Array.from({ length: 8 }, (_row, row) => `	fix_${(at * 7 + row * 13) % 50}_of_${row}();`)),
    );
    const { pairs } = compared(many, many.toReversed());
    assert.equal(pairs.length, 1000);
  });
});
