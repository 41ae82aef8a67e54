import fc from "fast-check";
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { overlapsOf } from "../../../../src/core/lines/collisions";
import { composeChanges, type ComposedChange } from "../../../../src/core/lines/fileChange";
import { followLines, type LineEdit, LineNumbers } from "../../../../src/core/lines/lineDiff";
import { followBase, placeChange } from "../../../../src/core/lines/placeChange";
import { TextLines } from "../../../../src/core/lines/textLines";
import { plainGit } from "../../../support/sampleArchive";

suite("changes of lines, as git makes, follows and merges them", () => {
  let folder: string;
  setup(() => (folder = mkdtempSync(join(tmpdir(), "kvm-series-lines-"))));
  teardown(() => rmSync(folder, { recursive: true, force: true }));

  test("any history of a file: the composed change leads from its first text to its last", () => {
    const line = fc.constantFrom("{", "}", "", "a();", "b();", "return 0;", "c = 1;");
    const text = fc.array(line, { maxLength: 40 });
    fc.assert(
      fc.property(fc.array(text, { minLength: 2, maxLength: 4 }), (texts) => {
        const patches = texts.slice(1).map((after, at) => ({ index: at + 1, text: difference(folder, texts[at] ?? [], after) }));
        const [change] = composeChanges(patches);
        assert.equal(change?.blocks.filter(({ separate }) => separate).length ?? 0, 0);
        assert.deepEqual(
          change
            ? applied(
                texts[0] ?? [],
                change.blocks.flatMap(({ edits }) => edits),
              )
            : texts[0],
          texts.at(-1),
        );
      }),
      { numRuns: 60 },
    );
  });

  test("whatever git finds between two texts: on the first it is to come, on the second it is there", () => {
    const line = fc.constantFrom("\tif (ret)", "\t\treturn ret;", "", "\tret = foo();", "\tret = bar();", "\t}", "\tbreak;", "\tlock();");
    const lines = (prefix: string): string[] => Array.from({ length: 6 }, (_, at) => `${prefix} ${at}`);
    const middle = fc.array(line, { maxLength: 16 });
    fc.assert(
      fc.property(middle, fc.nat(16), fc.nat(4), fc.array(line, { maxLength: 3 }), (one, at, removed, added) => {
        const before = [...lines("head"), ...one, ...lines("tail")];
        const after = [...before];
        after.splice(6 + Math.min(at, one.length), Math.min(removed, Math.max(0, one.length - at)), ...added);
        const text = difference(folder, before, after);
        if (text === "") return;
        const [made] = composeChanges([{ index: 1, text }]);
        assert.ok(made);
        const words = (all: readonly string[]): string[] => [...new Set(certainties(before, all, made))];
        assert.deepEqual([words([...before, ""]), words([...after, ""])], [["exact"], ["already"]]);
        assert.deepEqual([words(["moved", ...before, ""]), words(["moved", ...after, ""])], [["exact"], ["already"]]);
      }),
      { numRuns: 150 },
    );
  });

  test("git merge-file finds a conflict where this does, and nowhere else", () => {
    const base = Array.from({ length: 10 }, (_, at) => `line ${at}`);
    const write = (name: string, lines: readonly string[]): string => {
      writeFileSync(join(folder, name), lines.map((line) => `${line}\n`).join(""));
      return join(folder, name);
    };
    // Each line has a text of its own, or one that both sides may choose: no difference can be told in two ways.
    const side = fc.array(
      fc.record({ start: fc.nat(9), removed: fc.nat(3), added: fc.array(fc.constantFrom("shared one", "shared two"), { maxLength: 1 }) }),
      { maxLength: 3 },
    );
    const editsOf = (name: string, wanted: ReadonlyArray<{ start: number; removed: number; added: readonly string[] }>): LineEdit[] => {
      const edits: LineEdit[] = [];
      for (const { start, removed, added } of [...wanted].sort((a, b) => a.start - b.start)) {
        const last = edits.at(-1);
        if (last && start <= last.start + last.removed.length) continue;
        const own = removed === 0 && added.length === 0 ? [`${name} ${start}`] : added;
        edits.push({ start, removed: base.slice(start, start + Math.min(removed, base.length - start)), added: own });
      }
      return edits;
    };
    fc.assert(
      fc.property(side, side, (left, right) => {
        const mine = editsOf("mine", left);
        const theirs = editsOf("theirs", right).map((one) => ({ ...one, patches: [1] }));
        const files = [write("mine", applied(base, mine)), write("base", base), write("theirs", applied(base, theirs))];
        const { status, stdout } = spawnSync("git", ["merge-file", "-p", ...files], { encoding: "utf8" });
        const conflicts = overlapsOf(mine, theirs).filter(({ same }) => !same);
        assert.equal(conflicts.length > 0, status !== 0, stdout);
      }),
      { numRuns: 100 },
    );
  });

  test("lines are followed as git blame follows them", () => {
    const git = (...args: string[]): string => execFileSync("git", args, { cwd: folder, env: plainGit, encoding: "utf8" });
    const file = join(folder, "long.c");
    const write = (lines: readonly string[]): void => writeFileSync(file, lines.map((line) => `${line}\n`).join(""));
    const identity = ["-c", "user.name=Ada Lind", "-c", "user.email=ada@example.org"];
    let [lines, differing] = [0, 0];
    git("init", "--quiet", ".");
    for (let round = 1; round <= 8; round++) {
      const before = invent(round, 400 + 100 * round);
      const after = edited(before, round, 10 * round);
      git("checkout", "--quiet", "--orphan", `round-${round}`);
      write(before);
      git("add", "long.c");
      git(...identity, "commit", "--quiet", "-m", "before");
      write(after);
      git(...identity, "commit", "--quiet", "-a", "-m", "after");
      const first = git("rev-list", "--max-parents=0", "HEAD").trim();
      const blamed = new Array<number>(before.length).fill(-1);
      for (const [, old, now] of git("blame", "--porcelain", "long.c").matchAll(new RegExp(`^${first} (\\d+) (\\d+)`, "gm"))) {
        blamed[Number(old) - 1] = Number(now) - 1;
      }
      for (const [at, place] of follow(before, after).entries()) {
        lines++;
        if (place === blamed[at]) continue;
        differing++;
        // Of equal lines beside each other either may be called the old one. A line that stands once has no such choice, unless
        // git, which counts lines alike, keeps a brace and lets it go.
        const line = before[at];
        const isCommon = before.filter((one) => one === line).length > 1;
        assert.ok(isCommon || (blamed[at] === -1 && after[place] === line), `line ${at} of round ${round}, “${line ?? ""}”`);
        if (place >= 0) assert.equal(after[place], line);
      }
    }
    assert.ok(differing * 100 < lines, `${differing} of ${lines} lines are followed differently`);
  });
});

/** What a change makes of a text. */
function applied(lines: readonly string[], edits: readonly LineEdit[]): string[] {
  const result = [...lines];
  for (const edit of [...edits].reverse()) result.splice(edit.start, edit.removed.length, ...edit.added);
  return result;
}

/** How sure it is where the edits of a change lie in a text, the text it was made on being known. */
function certainties(base: readonly string[], lines: readonly string[], change: ComposedChange): string[] {
  const text = new TextLines(lines);
  return placeChange(text, change, followBase(base, text)).map(({ certainty }) => certainty);
}

function follow(before: readonly string[], after: readonly string[]): number[] {
  const numbers = new LineNumbers();
  const [old, now] = [numbers.of(before), numbers.of(after)];
  return [...followLines(old, now, numbers.size)];
}

/** The diff between two texts as git prints it, under one name. */
function difference(folder: string, before: readonly string[], after: readonly string[]): string {
  for (const [name, lines] of [
    ["before", before],
    ["after", after],
  ] as const) {
    writeFileSync(join(folder, name), lines.map((one) => `${one}\n`).join(""));
  }
  try {
    return execFileSync("git", ["diff", "--no-index", "--no-color", "before", "after"], { cwd: folder, env: plainGit, encoding: "utf8" });
  } catch (error) {
    const { stdout } = error as { stdout: string };
    return stdout.replace("diff --git a/before b/after", "diff --git a/f b/f").replace("--- a/before\n+++ b/after", "--- a/f\n+++ b/f");
  }
}

function randomly(seed: number): (below: number) => number {
  let state = seed * 7919 + 1;
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below;
}

/** Code with lines that stand everywhere. */
function invent(seed: number, count: number): string[] {
  const random = randomly(seed);
  const common = ["{", "}", "", "\t\treturn ret;", "\tif (ret)", "\treturn 0;"];
  return Array.from({ length: count }, (_, at) => (random(2) === 0 ? (common[random(common.length)] ?? "") : `\tret = step_${at}(vcpu);`));
}

/** Some lines taken out, put in and changed. None are moved: which of two parts that changed places was moved is a matter of taste. */
function edited(lines: readonly string[], seed: number, edits: number): string[] {
  const random = randomly(seed + 100);
  const result = [...lines];
  for (let edit = 0; edit < edits; edit++) {
    const at = random(result.length);
    if (edit % 3 === 0) result.splice(at, 1 + random(5));
    else if (edit % 3 === 1) result.splice(at, 0, `\tnew_${edit}();`, "\tif (ret)", "\t\treturn ret;");
    else result[at] = `\tchanged_${edit}();`;
  }
  return result;
}
