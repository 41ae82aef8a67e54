import assert from "node:assert/strict";
import { composeChanges, type ComposedChange } from "../../../../src/core/lines/fileChange";
import { followBase, placeChange, type PlacedEdit } from "../../../../src/core/lines/placeChange";
import { TextLines } from "../../../../src/core/lines/textLines";
import { LivePlacements } from "../../../../src/engines/livePlacements";

const file = [
  "#include <linux/kvm.h>",
  "",
  "int first_step(void)",
  "{",
  "\tint result = 0;",
  "",
  "\tresult = prepare();",
  "\tif (result)",
  "\t\treturn result;",
  "",
  "\treturn 0;",
  "}",
  "",
  "int second_step(void)",
  "{",
  "\tint result = 0;",
  "",
  "\tresult = finish();",
  "\tif (result)",
  "\t\treturn result;",
  "",
  "\treturn 0;",
  "}",
];

/** Changes `prepare();` in line 7 and adds a line behind `finish();` in line 18. */
const diff = `diff --git a/steps.c b/steps.c
--- a/steps.c
+++ b/steps.c
@@ -4,7 +4,7 @@ int first_step(void)
 {
 \tint result = 0;
 
-\tresult = prepare();
+\tresult = prepare_all();
 \tif (result)
 \t\treturn result;
 
@@ -16,5 +16,6 @@ int second_step(void)
 \tint result = 0;
 
 \tresult = finish();
+\tnote_end();
 \tif (result)
 \t\treturn result;
`;

function change(text = diff): ComposedChange {
  const [one] = composeChanges([{ index: 1, text }]);
  assert.ok(one);
  return one;
}

function said(placed: readonly PlacedEdit[]): string[] {
  return placed.map(({ certainty, start, count }) => `${certainty} ${start}+${count}`);
}

function edited(...edits: ReadonlyArray<readonly [at: number, removed: number, ...added: string[]]>): string[] {
  const lines = [...file];
  for (const [at, removed, ...added] of edits) lines.splice(at, removed, ...added);
  return lines;
}

const byContext = (lines: readonly string[], one = change()): string[] => said(placeChange(new TextLines(lines), one, null));
const byBase = (lines: readonly string[], one = change()): string[] => byBaseOf(file, lines, one);

function byBaseOf(base: readonly string[], lines: readonly string[], one: ComposedChange): string[] {
  const text = new TextLines(lines);
  return said(placeChange(text, one, followBase(base, text)));
}

suite("where a change lies in another text", () => {
  test("in the text it was made on", () => {
    assert.deepEqual(byContext(file), ["context 6+1", "context 18+0"]);
    assert.deepEqual(byBase(file), ["exact 6+1", "exact 18+0"]);
  });

  test("moved by lines above it", () => {
    const lines = edited([0, 0, "/* one", " * two", " */"]);
    assert.deepEqual(byContext(lines), ["context 9+1", "context 21+0"]);
    assert.deepEqual(byBase(lines), ["exact 9+1", "exact 21+0"]);
  });

  test("the nearest of several places is not sure, unless it is the one expected", () => {
    const twice = [...file.slice(2, 12), "", ...file.slice(2, 12), ""];
    assert.deepEqual(byContext([...Array<string>(40).fill(""), ...twice])[0], "fuzzy 44+1");
    assert.deepEqual(byContext(["", "", ...twice])[0], "context 6+1");
  });

  test("with other lines around it", () => {
    const lines = edited([8, 1, "\t\tgoto out;"], [3, 1, "{ /* here */"]);
    assert.deepEqual(byContext(lines)[0], "fuzzy 6+1");
    assert.deepEqual(byBase(lines)[0], "exact 6+1");
  });

  test("only its function is there", () => {
    const lines = edited([4, 7, "\treturn prepare_differently();"]);
    assert.deepEqual(byContext(lines)[0], "function 2+1");
  });

  test("the line was changed by somebody else: a base says which one it was, context does not", () => {
    const lines = edited([6, 1, "\tresult = prepare_otherwise();"]);
    assert.deepEqual(byBase(lines)[0], "fuzzy 6+1");
    assert.deepEqual(byContext(lines)[0], "function 2+1");
  });

  test("already there", () => {
    const taken = edited([18, 0, "\tnote_end();"], [6, 1, "\tresult = prepare_all();"]);
    assert.deepEqual(byContext(taken), ["already 6+1", "already 18+1"]);
    assert.deepEqual(byBase(taken), ["already 6+1", "already 18+1"]);
    const removal = change(
      "--- a/steps.c\n+++ b/steps.c\n@@ -5,5 +5,4 @@\n \tint result = 0;\n \n-\tresult = prepare();\n \tif (result)\n \t\treturn result;\n",
    );
    assert.deepEqual(byBase(edited([6, 1]), removal), ["already 6+0"]);
  });

  test("gone", () => {
    const headless = diff.replace(/ int \w+\(void\)$/gm, "");
    assert.deepEqual(byContext(["something", "else"], change(headless)), ["gone -1+0", "gone -1+0"]);
    assert.deepEqual(byContext([], change()), ["gone -1+0", "gone -1+0"]);
    assert.deepEqual(
      byContext(file, change("diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+something new\n")),
      ["gone -1+0"],
    );
  });

  test("a base that the patch was not made on is not believed", () => {
    const text = new TextLines(file);
    assert.deepEqual(said(placeChange(text, change(), followBase([...Array<string>(30).fill("x")], text))), [
      "context 6+1",
      "context 18+0",
    ]);
  });

  test("files with DOS line ends", () => {
    assert.deepEqual(byContext(file, change(diff.replace(/\n(?=[ +-]\t| \{)/g, "\r\n"))), ["context 6+1", "context 18+0"]);
  });

  test("lines are followed past a part that has nothing to do with it", () => {
    const before = Array.from({ length: 5000 }, (_, at) => `line ${at}`);
    const after = [...before.slice(0, 1000), ...Array.from({ length: 3000 }, (_, at) => `other ${at}`), ...before.slice(4000)];
    const { places } = followBase(before, new TextLines(after));
    assert.deepEqual([places[999], places[1000], places[3999], places[4000], places[4999]], [999, -1, -1, 4000, 4999]);
  });
});

suite("a change that the text has already", () => {
  const steps = ["obj-y += one.o", "obj-y += two.o", "obj-y += three.o", "obj-y += four.o"];
  const hunks = (...lines: readonly string[]): ComposedChange => change(["--- a/Makefile", "+++ b/Makefile", ...lines, ""].join("\n"));
  const context = (lines: readonly string[]): string[] => lines.map((line) => ` ${line}`);

  test("lines at the end of a file, or at its beginning", () => {
    const behind = hunks("@@ -2,3 +2,4 @@", ...context(steps.slice(1)), "+obj-y += five.o");
    const above = hunks("@@ -1,3 +1,4 @@", "+# Some", ...context(steps.slice(0, 3)));
    for (const place of [byContext, (lines: string[], one: ComposedChange) => byBaseOf(steps, lines, one)]) {
      assert.deepEqual(place([...steps, "obj-y += five.o", ""], behind), ["already 4+1"]);
      assert.deepEqual(place([...steps, "obj-y += five.o", "obj-y += six.o", ""], behind), ["already 4+1"]);
      assert.deepEqual(place(["# Some", ...steps, ""], above), ["already 0+1"]);
      // What others put there since may have come of it.
      assert.deepEqual(place([...steps, "obj-y += 5.o", ""], behind), ["fuzzy 4+0"]);
      assert.deepEqual(place(["# Same", ...steps, ""], above), ["fuzzy 1+0"]);
    }
    assert.deepEqual(byContext([...steps, ""], behind), ["context 4+0"]);
    assert.deepEqual(byContext([...steps, ""], above), ["context 0+0"]);
    assert.deepEqual(byBaseOf(steps, [...steps, ""], behind), ["exact 4+0"]);
    assert.deepEqual(byBaseOf(steps, [...steps, ""], above), ["exact 0+0"]);
  });

  test("what was added ends with the lines it comes behind", () => {
    const function_ = (name: string): string[] => [`void ${name}(void)`, "{", `\tcall_${name}();`, "\tfree_it();", "}", ""];
    const [one, two, end] = [function_("one"), function_("two"), ["#endif", "", "int main(void)"]];
    const insertion = hunks("@@ -4,6 +4,12 @@ void one(void)", ...context(one.slice(3)), ...two.map((line) => `+${line}`), ...context(end));
    assert.deepEqual(byContext([...one, ...end], insertion), ["context 6+0"]);
    for (const moved of [[], ["/* moved */"]]) {
      assert.deepEqual(byContext([...moved, ...one, ...two, ...end], insertion), [`already ${6 + moved.length}+6`]);
    }
  });

  test("the same lines stand in another function", () => {
    const body = ["\tr = prepare();", "\tif (r)", "\t\treturn r;", "", "\told_flush();", "", "\tr = commit();", "\tif (r)"];
    const text = (first: string, second: string): string[] =>
      [first, second].flatMap((line, at) => [`int step_${at}(void)`, "{", ...body.with(4, line), "\t\treturn r;", "}", ""]);
    const replacement = hunks(
      "@@ -4,7 +4,7 @@ int step_0(void)",
      ...context(body.slice(1, 4)),
      "-\told_flush();",
      "+\tnew_flush();",
      ...context(body.slice(5)),
    );
    const [old, now] = ["\told_flush();", "\tnew_flush();"];
    for (const moved of [[], ["/* moved */"]]) {
      const at = 6 + moved.length;
      assert.deepEqual(byContext([...moved, ...text(old, old)], replacement), [`context ${at}+1`]);
      assert.deepEqual(byContext([...moved, ...text(now, old)], replacement), [`already ${at}+1`]);
      assert.deepEqual(byContext([...moved, ...text(now, now)], replacement), [`already ${at}+1`]);
      // Somebody has changed the line to another one: the other function says nothing about it.
      assert.notEqual(byContext([...moved, ...text("\tflush_all();", old)], replacement)[0]?.split(" ")[0], "context");
      assert.equal(byContext([...moved, ...text("\tflush_all();", now)], replacement)[0]?.split(" ")[0], "function");
    }
  });

  test("a removal whose line is another one now is not there because another function never had the line", () => {
    const body = (...line: string[]): string[] => ["{", "\tlock();", "\tr = check();", "\tif (r)", ...line, "\trun();", "\tunlock();", "}"];
    const text = (...line: string[]): string[] => ["int run_one(void)", ...body(), "int run_two(void)", ...body(...line), ""];
    const removal = hunks(
      "@@ -11,7 +11,6 @@ int run_two(void)",
      ...context(body().slice(1, 4)),
      "-\tflush();",
      ...context(body().slice(4)),
    );
    assert.deepEqual(byContext(text("\tflush();"), removal), ["context 13+1"]);
    assert.deepEqual(byContext(text("\tflush(true);"), removal), ["function 8+1"]);
    assert.deepEqual(byContext(text(), removal), ["already 13+0"]);
    assert.deepEqual(byContext(["/* moved */", ...text()], removal), ["already 14+0"]);
  });

  test("removed lines that are like those around them", () => {
    const function_ = (name: string, value: string): string[] => [`static bool is_${name}(void)`, "{", `\treturn ${value};`, "}"];
    const base = ["int one(void);", "", ...function_("two", "false"), "", ...function_("three", "false")];
    const made = hunks(
      "@@ -1,11 +1,6 @@",
      ...context(base.slice(0, 2)),
      ...base.slice(2, 8).map((line) => `-${line}`),
      "+static bool is_four(void)",
      " {",
      "-\treturn false;",
      "+\treturn true;",
      " }",
    );
    const landed = [...base.slice(0, 2), ...function_("four", "true")];
    assert.deepEqual(byBaseOf(base, landed, made), ["already 2+1", "already 4+1"]);
    assert.deepEqual(byBaseOf(base, ["/* more */", ...base], made), ["exact 3+6", "exact 10+1"]);
    // Of the lines that are removed only the brace is left, or another one like it.
    const others = [...base.slice(0, 2), ...function_("five", "maybe")];
    assert.deepEqual(
      byBaseOf(base, others, made).filter((one) => one.startsWith("exact")),
      [],
    );
  });

  test("lines for an empty file, and lines without any around them", () => {
    const fill = hunks("@@ -0,0 +1,2 @@", "+int one;", "+int two;");
    for (const empty of [[], [""]]) {
      assert.deepEqual(byContext(empty, fill), ["context 0+0"]);
      assert.deepEqual(byBaseOf([], empty, fill), ["exact 0+0"]);
    }
    assert.deepEqual(byContext(["int one;", "int two;", ""], fill), ["already 0+2"]);
    assert.deepEqual(byContext(["another", "text", ""], fill), ["gone -1+0"]);
    assert.deepEqual(byBaseOf([], ["int one;", "int two;", ""], fill), ["already 0+2"]);
    assert.deepEqual(byBaseOf([], ["another", "text", ""], fill), ["gone -1+0"]);
    const bare = hunks("@@ -5,0 +6 @@", "+\tnote_step();");
    assert.deepEqual(byContext(file, bare), ["gone -1+0"]);
    assert.deepEqual(byContext(edited([5, 0, "\tnote_step();"]), bare), ["already 5+1"]);
    assert.deepEqual(byBase(file, bare), ["exact 5+0"]);
    // A brace stands everywhere.
    assert.deepEqual(byContext(file, hunks("@@ -4 +4 @@", "-{", "+{ /* here */")), ["fuzzy 3+1"]);
  });

  test("blocks below are expected where those above have put them", () => {
    const twin = (line: string): string[] => ["\tr = prepare();", "\tif (r)", line, "\tr = commit();"];
    const lines = (...pair: [string, string]): string[] => ["int one(void)", ...twin(pair[0]), "int two(void)", "{", ...twin(pair[1])];
    const twice = hunks(
      "@@ -2,4 +2,5 @@",
      ...context(twin("").slice(0, 2)),
      "-\told();",
      "+\tnew();",
      "+\tnewer();",
      ...context(twin("").slice(3)),
      "@@ -8,4 +9,5 @@",
      ...context(twin("").slice(0, 2)),
      "-\told();",
      "+\tnew();",
      "+\tnewer();",
      ...context(twin("").slice(3)),
    );
    const landed = lines("\tnew();", "\tnew();").flatMap((line) => (line === "\tnew();" ? [line, "\tnewer();"] : [line]));
    assert.deepEqual(byContext(lines("\told();", "\told();"), twice), ["context 3+1", "context 9+1"]);
    assert.deepEqual(byContext(landed, twice), ["already 3+2", "already 10+2"]);
  });
});

suite("changes on a text that is edited", () => {
  for (const base of [file, null]) {
    const [sure, live] = [
      base ? "exact" : "context",
      (): LivePlacements => {
        const anchors = new LivePlacements(file);
        anchors.place("a", change(), base);
        return anchors;
      },
    ];
    const name = base ? "with the base" : "by context";

    test(`lines above move them, ${name}`, () => {
      const anchors = live();
      anchors.edit(0, 1, ["/* one */", "/* two */", file[0] ?? ""]);
      assert.deepEqual(said(anchors.placed("a")), [`${sure} 8+1`, `${sure} 20+0`]);
      anchors.edit(0, 2, []);
      assert.deepEqual(said(anchors.placed("a")), [`${sure} 6+1`, `${sure} 18+0`]);
    });

    test(`a line that is typed on stays the line that is changed, ${name}`, () => {
      const anchors = live();
      anchors.edit(6, 1, ["\tresult = prepare(); /* "]);
      assert.deepEqual(said(anchors.placed("a")), ["fuzzy 6+1", `${sure} 18+0`]);
      anchors.edit(6, 1, ["\tresult = prepare();"]);
      assert.equal([...anchors.settle()].length, 1);
      assert.deepEqual(said(anchors.placed("a")), [`${sure} 6+1`, `${sure} 18+0`]);
    });

    test(`lines that are deleted and come back, ${name}`, () => {
      const anchors = live();
      anchors.edit(2, 10, []);
      assert.deepEqual(said(anchors.placed("a")), ["gone -1+0", `${sure} 8+0`]);
      anchors.edit(2, 0, file.slice(2, 12));
      assert.equal([...anchors.settle()].length, 1);
      assert.deepEqual(said(anchors.placed("a")), [`${sure} 6+1`, `${sure} 18+0`]);
    });
  }

  test("a text that becomes known while others are settled is not forgotten", () => {
    const anchors = new LivePlacements(file);
    for (const name of ["a", "b"]) anchors.place(name, change(), null);
    anchors.edit(6, 1, ["\tresult = prepare(); /* "]);
    anchors.edit(6, 1, ["\tresult = prepare();"]);
    const steps = anchors.settle();
    steps.next();
    anchors.place("b", change(), file);
    steps.next();
    assert.deepEqual(said(anchors.placed("b")), ["exact 6+1", "exact 18+0"]);
  });

  test("a file's worth of lines is pasted and taken away", () => {
    const anchors = new LivePlacements(file);
    anchors.place("a", change(), file);
    anchors.edit(0, 0, Array<string>(100_000).fill("x"));
    assert.deepEqual(said(anchors.placed("a")), ["exact 100006+1", "exact 100018+0"]);
    anchors.edit(0, 100_000, []);
    assert.deepEqual(said(anchors.placed("a")), ["exact 6+1", "exact 18+0"]);
  });

  test("a change without a place is looked for again when lines of it are put in, and else not before a pause", () => {
    const anchors = new LivePlacements(edited([2, 10]));
    const one = change(diff.replace(/ int \w+\(void\)$/gm, ""));
    anchors.place("a", one, null);
    assert.deepEqual(said(anchors.placed("a")), ["gone -1+0", "context 8+0"]);
    const { text } = anchors;
    const places = text.places.bind(text);
    const searches: Array<readonly string[]> = [];
    text.places = (run) => {
      searches.push(run);
      return places(run);
    };
    anchors.edit(0, 1, ["#include <linux/kvm_host.h>", "{", ""]);
    assert.deepEqual(searches, []);
    anchors.edit(4, 0, file.slice(2, 12));
    assert.notDeepEqual(searches, []);
    assert.deepEqual(said(anchors.placed("a")), ["context 8+1", "context 20+0"]);
  });

  test("what an edit takes the place of is found when it comes back at once", () => {
    const anchors = new LivePlacements(file);
    anchors.place("a", change(), null);
    anchors.edit(2, 10, []);
    assert.deepEqual(said(anchors.placed("a"))[0], "gone -1+0");
    anchors.edit(2, 0, file.slice(2, 12));
    assert.deepEqual(said(anchors.placed("a")), ["context 6+1", "context 18+0"]);
  });

  test("lines that are taken away bring a change together again, seen when the person pauses", () => {
    const anchors = new LivePlacements(edited([9, 0, "\tother();"], [7, 0, "\tother();"], [6, 0, "\tother();"], [4, 0, "\tother();"]));
    anchors.place("a", change(diff.replace(/ int \w+\(void\)$/gm, "")), null);
    for (const at of [12, 9, 7, 4]) anchors.edit(at, 1, []);
    assert.equal([...anchors.settle()].length, 1);
    assert.deepEqual(said(anchors.placed("a")), ["context 6+1", "context 18+0"]);
  });

  test("a file that the series adds, and that has been taken, is not to be added when it is typed in", () => {
    const lines = Array.from({ length: 8 }, (_, at) => `int line_${at};`);
    const added = lines.map((line) => `+${line}\n`).join("");
    const anchors = new LivePlacements([...lines, ""]);
    anchors.place("a", change(`diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1,8 @@\n${added}`), null);
    assert.deepEqual(said(anchors.placed("a")), ["already 0+8"]);
    anchors.edit(4, 1, ["int line_4; /* x */"]);
    assert.deepEqual(said(anchors.placed("a")), ["gone -1+0"]);
    anchors.edit(4, 1, ["int line_4;"]);
    assert.deepEqual(said(anchors.placed("a")), ["already 0+8"]);
  });
});
