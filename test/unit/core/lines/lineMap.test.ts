import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { followLine, followLines, LineNumbers } from "../../../../src/core/lines/lineDiff";
import { plainGit } from "../../../support/sampleArchive";

function follow(before: readonly string[], after: readonly string[]): number[] {
  const numbers = new LineNumbers();
  const [old, now] = [numbers.of(before), numbers.of(after)];
  return [...followLines(old, now, numbers.size)];
}

suite("the lines of a text followed into another", () => {
  test("nothing, everything, and a part that moved", () => {
    assert.deepEqual(follow([], ["a"]), []);
    assert.deepEqual(follow(["a", "b"], []), [-1, -1]);
    assert.deepEqual(follow(["a", "b", "a"], ["a", "b", "a"]), [0, 1, 2]);
    assert.deepEqual(follow(["x", "y", "a", "b", "c"], ["a", "b", "c", "x", "y"]), [-1, -1, 0, 1, 2]);
  });

  test("a line of another state: the same of several equal ones, else behind what stands above it", () => {
    const text = ["a() {", "return 0;", "}", "b() {", "return 0;", "}"];
    const other = ["new() {", "return 0;", "}", "a() {", "return 0;", "}", "b() {", "more();", "return 0;", "}"];
    assert.deepEqual(followLine(text, 4, other), { line: 1, same: true });
    assert.deepEqual(followLine(text, 8, other), { line: 4, same: true });
    assert.deepEqual(followLine(text, 7, other), { line: 4, same: false });
    assert.deepEqual(followLine(text, 0, other), { line: 0, same: false });
    assert.deepEqual(followLine(["a"], 1, ["a", "b"]), { line: 0, same: false });
    assert.deepEqual(followLine([""], 9, [""]), { line: 0, same: false });
  });

  test("as git blame follows them", () => {
    const folder = mkdtempSync(join(tmpdir(), "kvm-series-"));
    const git = (...args: string[]): string => execFileSync("git", args, { cwd: folder, env: plainGit, encoding: "utf8" });
    const file = join(folder, "long.c");
    const write = (lines: readonly string[]): void => writeFileSync(file, lines.map((line) => `${line}\n`).join(""));
    const identity = ["-c", "user.name=Ada Lind", "-c", "user.email=ada@example.org"];
    let [lines, differing] = [0, 0];
    try {
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
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

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
