import { structuredPatch } from "diff";
import fc from "fast-check";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { composeChanges, type ComposedChange } from "../../../../src/core/lines/fileChange";
import type { IndexedPatch } from "../../../../src/core/series/revisionTexts";

/** A patch of one file without what stands around a diff. */
function patch(index: number, path: string, ...hunks: readonly string[]): { index: number; text: string } {
  return { index, text: `A patch.\n---\ndiff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n${hunks.join("\n")}\n-- \n2.47.0\n` };
}

/** What a change makes of a text. */
function applied(lines: readonly string[], { blocks }: ComposedChange): string[] {
  const result = [...lines];
  for (const edit of blocks.flatMap((block) => block.edits).reverse()) result.splice(edit.start, edit.removed.length, ...edit.added);
  return result;
}

suite("the changes of a series, composed", () => {
  test("a line that two patches change is changed once, by both", () => {
    const [change] = composeChanges([
      patch(1, "a.c", "@@ -3,3 +3,3 @@ int one(void)", " two", "-three", "+drei", " four"),
      patch(2, "a.c", "@@ -2,4 +2,5 @@", " one", " two", "-drei", "+trois", "+et demi", " four"),
    ]);
    assert.deepEqual(change?.blocks, [
      {
        start: 1,
        heading: "int one(void)",
        before: ["one", "two", "three", "four"],
        after: ["one", "two", "trois", "et demi", "four"],
        edits: [{ start: 3, removed: ["three"], added: ["trois", "et demi"], patches: [1, 2] }],
      },
    ]);
  });

  test("what is added and taken away again is no change", () => {
    const [change] = composeChanges([
      patch(1, "a.c", "@@ -1,2 +1,3 @@", " one", "+new", " two"),
      patch(2, "a.c", "@@ -1,3 +1,2 @@", " one", "-new", " two"),
    ]);
    assert.deepEqual(change?.blocks, []);
    assert.deepEqual(change.patches, [1, 2]);
  });

  test("lines below what an earlier patch added are counted in the file before the series", () => {
    const [change] = composeChanges([
      patch(1, "a.c", "@@ -1,1 +1,4 @@", " one", "+a", "+b", "+c"),
      patch(2, "a.c", "@@ -20,2 +20,2 @@ void far(void)", " line 17", "-line 18", "+changed"),
    ]);
    assert.deepEqual(
      change?.blocks.flatMap(({ heading, edits }) => edits.map(({ start, removed }) => [heading, start, ...removed])),
      [
        ["", 1],
        ["void far(void)", 17, "line 18"],
      ],
    );
  });

  test("a missing patch shifts the lines of the next one; what contradicts everything is kept as it is", () => {
    const changes = composeChanges([
      patch(1, "a.c", "@@ -10,4 +10,4 @@", " a line of its own", " another one", "-old", "+new", " the last one"),
      // Patch 2, which is missing, added five lines above.
      { ...patch(3, "a.c", "@@ -15,4 +15,4 @@", " a line of its own", " another one", "-new", "+newest", " the last one"), afterGap: true },
      patch(4, "a.c", "@@ -12,2 +12,2 @@", " nothing like it", "-at all", "+anywhere"),
    ]);
    const blocks = changes[0]?.blocks ?? [];
    assert.deepEqual(
      blocks.map(({ start, edits, separate }) => [start, edits.map(({ added }) => added), separate ?? false]),
      [
        [9, [["newest"]], false],
        [11, [["anywhere"]], true],
      ],
    );
  });

  const row = (flag: string): string[] => [
    "static const struct op x = {",
    "\t.read,",
    `\t.flags = ${flag},`,
    "\t.next,",
    "\t.owner,",
    "};",
  ];
  const between = (name: string): string[] => Array.from({ length: 6 }, (_, at) => `${name} ${at}`);
  const alike = (...flags: readonly string[]): string[] => flags.flatMap((flag) => [...row(flag), ...between("gap")]);
  /** Where in the file before the series the changes of two patches of it are, the second one made on `middle`. */
  const places = (
    first: readonly string[],
    middle: readonly string[],
    after: readonly string[],
    from: Partial<IndexedPatch>,
    blobs: boolean,
  ) =>
    composeChanges([
      { index: 1, text: diffOf("a.c", "a.c", alike("X", "OLD", "NEW", "NEW"), first, null, blobs) },
      { index: 3, text: diffOf("a.c", "a.c", middle, after, null, blobs), ...from },
    ]).flatMap(({ blocks }) => blocks.flatMap(({ edits }) => edits.map(({ start }) => start)));

  for (const blobs of [true, false])
    test(`a hunk of a whole series stands where it says, whatever looks like it elsewhere, ${blobs ? "with" : "without"} blobs`, () => {
      const first = alike("X", "NEW", "NEW", "NEW");
      assert.deepEqual(places(first, first, alike("X", "NEW", "BEST", "NEW"), {}, blobs), [14, 26]);
    });

  test("where a patch is missing, blobs that lead from one patch to the next say so before its number does", () => {
    const first = alike("X", "NEW", "NEW", "NEW");
    assert.deepEqual(places(first, first, alike("X", "NEW", "BEST", "NEW"), { afterGap: true }, true), [14, 26]);
    const [middle, after] = [
      [...between("above"), ...between("more"), ...first],
      [...between("above"), ...between("more"), ...alike("X", "BEST", "NEW", "NEW")],
    ];
    // The blobs of what is missing differ; without them it must be told.
    assert.deepEqual(places(first, middle, after, {}, true), [14]);
    assert.deepEqual(places(first, middle, after, { afterGap: true }, false), [14]);
    assert.deepEqual(places(first, middle, after, {}, false), [14, 26]);
  });

  test("where a patch is missing, a hunk whose lines stand in two places stays where it says", () => {
    const first = alike("X", "NEW", "NEW", "NEW");
    const changes = composeChanges([
      { index: 1, text: diffOf("a.c", "a.c", alike("X", "OLD", "OLD", "NEW"), first, null, false) },
      { index: 3, text: diffOf("a.c", "a.c", first, alike("X", "NEW", "NEW", "BEST"), null, false), afterGap: true },
    ]);
    assert.deepEqual(
      changes[0]?.blocks.flatMap(({ edits }) => edits.map(({ start }) => start)),
      [14, 26, 38],
    );
  });

  test("a patch that only moves the file does not break the chain of its blobs", () => {
    const first = alike("X", "NEW", "NEW", "NEW");
    const [change] = composeChanges([
      { index: 1, text: diffOf("a.c", "a.c", alike("X", "OLD", "NEW", "NEW"), first) },
      { index: 2, text: diffOf("a.c", "b.c", first, first, "rename") },
      { index: 4, text: diffOf("b.c", "b.c", first, alike("X", "NEW", "BEST", "NEW")), afterGap: true },
    ]);
    assert.deepEqual(
      change?.blocks.flatMap(({ edits }) => edits.map(({ start }) => start)),
      [14, 26],
    );
  });

  test("a file that is moved, made and deleted", () => {
    const moved =
      "diff --git a/old.c b/new.c\nsimilarity index 90%\nrename from old.c\nrename to new.c\nindex 1234567..89abcde 100644\n--- a/old.c\n+++ b/new.c\n@@ -1 +1 @@\n-one\n+uno\n";
    const later = "diff --git a/new.c b/new.c\nindex 89abcde..fedcba9 100644\n--- a/new.c\n+++ b/new.c\n@@ -1 +1 @@\n-uno\n+eins\n";
    const made =
      "diff --git a/made.c b/made.c\nnew file mode 100644\nindex 0000000..1111111\n--- /dev/null\n+++ b/made.c\n@@ -0,0 +1,2 @@\n+a\n+b\n";
    const gone =
      "diff --git a/gone.c b/gone.c\ndeleted file mode 100644\nindex 2222222..0000000\n--- a/gone.c\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n";
    const changes = composeChanges([
      { index: 1, text: moved },
      { index: 2, text: later + made },
      { index: 3, text: gone },
    ]);
    assert.deepEqual(
      changes.map(({ path, newPath, oldBlob, newBlob, blocks }) => [path, newPath, oldBlob, newBlob, blocks.map(({ edits }) => edits)]),
      [
        ["old.c", "new.c", "1234567", "fedcba9", [[{ start: 0, removed: ["one"], added: ["eins"], patches: [1, 2] }]]],
        [null, "made.c", null, "1111111", [[{ start: 0, removed: [], added: ["a", "b"], patches: [2] }]]],
        ["gone.c", null, "2222222", null, [[{ start: 0, removed: ["a", "b"], added: [], patches: [3] }]]],
      ],
    );
    assert.equal(composeChanges([{ index: 1, text: moved }], "new.c").length, 1);
    assert.equal(composeChanges([{ index: 1, text: moved }], "other.c").length, 0);
  });

  const lines = Array.from({ length: 20 }, (_, at) => `line ${at + 1}`);
  const changed = (at: number, text: string, from = lines): string[] => from.map((line, place) => (place === at ? text : line));

  test("a copy leaves its source as it is, and begins with what the series has made of it", () => {
    const [one, two, three] = [changed(2, "first"), changed(9, "in the copy", changed(2, "first")), changed(12, "in the source")];
    const patches = [
      { index: 1, text: diffOf("vmx.c", "vmx.c", lines, one) },
      // What is copied is the file before the patch, which changes it as well.
      { index: 2, text: diffOf("vmx.c", "vmx.c", one, changed(12, "in the source", one)) + diffOf("vmx.c", "tdx.c", one, two, "copy") },
    ];
    const inShort = (only?: string) =>
      composeChanges(patches, only).map((change) => [change.path, change.newPath, change.copied ?? false, applied(lines, change)]);
    const [source, copy] = [
      ["vmx.c", "vmx.c", false, changed(2, "first", three)],
      ["vmx.c", "tdx.c", true, two],
    ];
    assert.deepEqual(inShort("vmx.c"), [source]);
    assert.deepEqual(inShort("tdx.c"), [copy]);
    assert.deepEqual(inShort(), [source, copy]);
  });

  test("a file that is only copied from is not changed", () => {
    const text = diffOf("vmx.c", "tdx.c", lines, changed(3, "tdx"), "copy");
    assert.deepEqual(composeChanges([{ index: 1, text }], "vmx.c"), []);
    assert.equal(composeChanges([{ index: 1, text }], "tdx.c").length, 1);
  });

  test("files that change their names in one patch, each from what it was before", () => {
    const [common, main] = [lines.map((line) => `common ${line}`), lines.map((line) => `main ${line}`)];
    const text =
      diffOf("common.c", "main.c", common, changed(3, "c", common), "rename") +
      diffOf("main.c", "vmx.c", main, changed(7, "m", main), "rename");
    const moved = (only: string) => composeChanges([{ index: 1, text }], only).map(({ path, newPath }) => [path, newPath]);
    assert.deepEqual(moved("common.c"), [["common.c", "main.c"]]);
    assert.deepEqual(moved("vmx.c"), [["main.c", "vmx.c"]]);
    // Of two files that a name stands for, the one that has it before the series.
    assert.deepEqual(moved("main.c"), [["main.c", "vmx.c"]]);
  });

  test("a file that is deleted and made again is one change", () => {
    const patches = [
      { index: 1, text: diffOf("x.c", null, lines, []) },
      { index: 2, text: diffOf(null, "x.c", [], changed(4, "new")) },
    ];
    for (const only of [undefined, "x.c"]) {
      const [change, ...others] = composeChanges(patches, only);
      assert.deepEqual([change?.path, change?.newPath, others.length], ["x.c", "x.c", 0]);
      assert.deepEqual(
        change?.blocks.flatMap(({ edits }) => edits),
        [{ start: 4, removed: ["line 5"], added: ["new"], patches: [1, 2] }],
      );
    }
    // The text of the first one is not told, so that there is nothing to join.
    const bare = "diff --git a/x.c b/x.c\ndeleted file mode 100644\nindex 1234567..0000000\n";
    const ends = (only?: string) =>
      composeChanges([{ index: 1, text: bare }, ...patches.slice(1)], only).map(({ path, newPath }) => [path, newPath]);
    assert.deepEqual(ends().sort(), [
      [null, "x.c"],
      ["x.c", null],
    ]);
    assert.deepEqual(ends("x.c"), [["x.c", null]]);
  });

  test("as many changes as a mail can hold, in one hunk and in several, take one walk over the text", () => {
    const count = 30_000;
    const rows = Array.from({ length: count }, (_, at) => `-old ${at}\n+new ${at}\n line ${at}`);
    const [change] = composeChanges([
      patch(1, "a.c", `@@ -1,${2 * count} +1,${2 * count} @@`, ...rows),
      patch(2, "a.c", ...rows.map((_, at) => `@@ -${2 * at + 1} +${2 * at + 1} @@\n-new ${at}\n+newest ${at}`)),
    ]);
    const edits = change?.blocks.flatMap((block) => block.edits) ?? [];
    assert.equal(edits.length, count);
    assert.deepEqual(edits.at(-1), {
      start: 2 * count - 2,
      removed: [`old ${count - 1}`],
      added: [`newest ${count - 1}`],
      patches: [1, 2],
    });
  });

  test("hunks that contradict all that is known are looked for only so often", () => {
    const count = 3000;
    const known = Array.from({ length: count }, (_, at) => ` line ${at}`);
    const [change] = composeChanges([
      patch(1, "a.c", `@@ -1,${count} +1,${count + 1} @@`, "+first", ...known),
      patch(2, "a.c", ...known.map((_, at) => `@@ -${at + 2},1 +${at + 2},2 @@\n word\n+new`)),
    ]);
    assert.equal(change?.blocks.filter(({ separate }) => separate).length, count);
  });

  test("a hunk that stands above the one before it is no part of what is composed", () => {
    const [change] = composeChanges([patch(1, "a.c", "@@ -20 +20 @@", "-twenty", "+zwanzig", "@@ -5 +5 @@", "-five", "+fünf")]);
    assert.deepEqual(
      change?.blocks.map(({ start, after, separate }) => [start, after, separate]),
      [
        [4, ["fünf"], true],
        [19, ["zwanzig"], undefined],
      ],
    );
  });

  test("more lines than a call takes arguments", () => {
    const lines = "\n+".repeat(200_000);
    const [change] = composeChanges([patch(1, "a.c", `@@ -1,2 +1,200002 @@\n a${lines}\n b`)]);
    assert.deepEqual([change?.blocks[0]?.edits[0]?.added.length, change?.blocks[0]?.after.length], [200_000, 200_002]);
  });

  test("any history of files that are copied, moved, deleted and made again, of blocks that look alike", () => {
    const line = fc.constantFrom("\t.flags = OLD,", "\t.flags = NEW,", "\t.flags = BEST,");
    const block = line.map((flag) => ["};", "", "static struct op = {", "\t.read,", flag, "\t.next,", "\t.owner,"]);
    const text = fc
      .array(fc.oneof(block, block, fc.constantFrom(["{"], ["a();"], ["b();", "c();"])), { maxLength: 20 })
      .map((runs) => runs.flat());
    const name = fc.constantFrom("a.c", "b.c", "c.c", "d.c");
    const what = fc.constantFrom("edit", "edit", "copy", "rename", "delete", "new");
    const step = fc.array(fc.record({ what, from: fc.nat(9), to: name, text: fc.option(text, { freq: 1 }), at: fc.nat(60), line }), {
      minLength: 1,
      maxLength: 2,
    });
    fc.assert(
      fc.property(fc.dictionary(name, text), fc.array(step, { minLength: 1, maxLength: 5 }), fc.boolean(), (begun, steps, blobs) => {
        const [first, last] = [new Map(Object.entries(begun)), new Map(Object.entries(begun))];
        const changes = composeChanges(historyOf(last, steps, blobs));
        const left = new Map(first);
        for (const { path, newPath, copied } of changes) if (path !== null && path !== newPath && !copied) left.delete(path);
        for (const change of changes) {
          assert.equal(change.blocks.filter(({ separate }) => separate).length, 0);
          if (change.newPath !== null)
            left.set(change.newPath, applied(change.path === null ? [] : (first.get(change.path) ?? []), change));
        }
        assert.deepEqual(sorted(left), sorted(last));
      }),
      { numRuns: 500 },
    );
  });
});

function sorted(files: ReadonlyMap<string, readonly string[]>): unknown {
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** One step of a history: a patch that does something to a file of it, which `from` and `to` choose, and maybe to another one. */
type Step = ReadonlyArray<{
  readonly what: string;
  readonly from: number;
  readonly to: string;
  /** What it makes of the file; null where it changes one line, or adds one. */
  readonly text: readonly string[] | null;
  readonly at: number;
  readonly line: string;
}>;

function changedAt(lines: readonly string[], at: number, line: string): string[] {
  const flags = lines.flatMap((one, place) => (one.startsWith("\t.flags") ? [place] : []));
  const place = flags[at % Math.max(1, flags.length)];
  return place === undefined || at % 5 === 0 ? [...lines.slice(0, at), line, ...lines.slice(at)] : lines.with(place, line);
}

/** Makes the patches of a history; `files` is left as the last one leaves it. */
function historyOf(files: Map<string, readonly string[]>, steps: readonly Step[], blobs: boolean): Array<{ index: number; text: string }> {
  return steps.map((step, at) => {
    const before = new Map(files);
    const used = new Set<string>();
    let text = "";
    for (const { what, from: chosen, to, text: whole, at: place, line } of step) {
      const from = [...before.keys()][chosen % Math.max(1, before.size)];
      const old = before.get(from ?? "");
      const made = whole ?? changedAt(what === "new" ? [] : (old ?? []), place, line);
      if (what === "new" ? files.has(to) || used.has(to) : from === undefined || used.has(from)) continue;
      if ((what === "copy" || what === "rename") && (files.has(to) || used.has(to))) continue;
      if (what === "new") text += diffOf(null, to, [], made, null, blobs);
      else if (what === "delete") text += diffOf(from ?? "", null, old ?? [], [], null, blobs);
      else if (what === "edit") text += diffOf(from ?? "", from ?? "", old ?? [], made, null, blobs);
      else text += diffOf(from ?? "", to, old ?? [], made, what as "copy" | "rename", blobs);
      if (what === "delete" || what === "rename") files.delete(from ?? "");
      if (what === "edit") files.set(from ?? "", made);
      else if (what !== "delete") files.set(to, made);
      if (what !== "copy") used.add(from ?? "");
      used.add(to);
    }
    return { index: at + 1, text };
  });
}

/** The diff of one file as git prints it, with the blobs where they are told. */
function diffOf(
  from: string | null,
  to: string | null,
  before: readonly string[],
  after: readonly string[],
  how: "copy" | "rename" | null = null,
  blobs = true,
): string {
  const ended = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");
  const id = (path: string | null, lines: readonly string[]): string =>
    path === null ? "0000000" : createHash("sha1").update(ended(lines)).digest("hex").slice(0, 7);
  const { hunks } = structuredPatch("", "", ended(before), ended(after), "", "", { context: 3 });
  const header = [
    `diff --git a/${from ?? to} b/${to ?? from}`,
    ...(from === null ? ["new file mode 100644"] : to === null ? ["deleted file mode 100644"] : []),
    ...(how === null ? [] : [`${how} from ${from}`, `${how} to ${to}`]),
    ...(blobs && hunks.length > 0 ? [`index ${id(from, before)}..${id(to, after)}${from === null || to === null ? "" : " 100644"}`] : []),
    ...(hunks.length > 0 ? [`--- ${from === null ? "/dev/null" : `a/${from}`}`, `+++ ${to === null ? "/dev/null" : `b/${to}`}`] : []),
  ];
  const rows = hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    `@@ -${oldLines === 0 ? oldStart - 1 : oldStart},${oldLines} +${newLines === 0 ? newStart - 1 : newStart},${newLines} @@`,
    ...lines,
  ]);
  return [...header, ...rows, ""].join("\n");
}
