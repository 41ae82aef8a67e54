import assert from "node:assert/strict";
import path from "node:path";
import { attacksOn, patternsBelow, type Attack, type FoundPattern } from "../support/patternAttacks";

const root = path.resolve(__dirname, "..", "..", "..");
/** What reads mail, and what shows it. */
const folders = ["src/core", "src/render", "src/webview", "src/index", "src/sources", "src/cli"];

/** In one process, so that a slow machine is slow for all of them. */
const longest = 16_000;
/** Milliseconds below which a ratio says nothing; a pattern that tries a run again from each of its letters takes ten times as long. */
const noise = 4;

function text({ before, pump, after }: Attack, length: number): string {
  return before + pump.repeat(Math.ceil(length / pump.length)) + after;
}

/** The quickest of some searches through all of a text. */
function quickest({ source, flags }: FoundPattern, subject: string, times: number): number {
  let best = Infinity;
  for (let time = 0; time < times; time++) {
    const pattern = new RegExp(source, flags.includes("g") ? flags : `${flags}g`);
    const start = performance.now();
    subject.replace(pattern, "");
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function isLinear(pattern: FoundPattern, attack: Attack): boolean {
  // From short texts on, since one that takes the cube of its time would never end on a long one.
  for (let length = 500; length <= longest; length *= 2) {
    if (quickest(pattern, text(attack, length), 1) < noise) continue;
    for (let attempt = 0; ; attempt++) {
      const [quarter = 1, whole = 0] = [length / 4, length].map((one) => quickest(pattern, text(attack, one), 3));
      // Four times the text: four times as long, or sixteen.
      if (whole < noise || whole / quarter < 9) break;
      if (attempt === 2) return false;
    }
  }
  return true;
}

suite("patterns over mail take linear time on texts made against each of them", () => {
  const all = patternsBelow(root, folders);

  test("there are patterns, and one that is none of ours is found out", () => {
    assert.ok(all.length > 200, `${all.length}`);
    for (const source of ["\\s+$", "x*y*x*$", "(?:\\n[ \\t]*)+$"]) {
      const pattern: FoundPattern = { place: "here", source, flags: "" };
      assert.ok(!attacksOn(pattern).every((attack) => isLinear(pattern, attack)), source);
    }
  });

  for (const folder of folders) {
    test(folder, () => {
      const slow = all
        .filter(({ place }) => place.startsWith(`${folder}/`))
        .flatMap((pattern) => {
          const attack = attacksOn(pattern).find((one) => !isLinear(pattern, one));
          return attack ? [`${pattern.place} /${pattern.source}/${pattern.flags} on ${JSON.stringify(attack)}`] : [];
        });
      assert.deepEqual(slow, []);
    });
  }
});
