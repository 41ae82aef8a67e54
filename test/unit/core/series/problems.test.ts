import assert from "node:assert/strict";
import { mostProblems, problemsOf, singleProblems } from "../../../../src/core/series/problems";

suite("problems of a source", () => {
  const messages = (count: number): string[] => Array.from({ length: count }, (_, at) => `Mail ${at} is damaged.`);

  test("several are one, which knows the single ones", () => {
    assert.deepEqual(problemsOf("a.git", []), []);
    assert.deepEqual(problemsOf("a.git", messages(1)), [{ source: "a.git", message: "Mail 0 is damaged." }]);
    const [one, ...more] = problemsOf("a.git", messages(3));
    assert.deepEqual(more, []);
    assert.equal(one?.message, "There are 3 problems with it; the first: Mail 0 is damaged.");
    assert.deepEqual(one.details, messages(3));
    assert.match(problemsOf("a.git", messages(mostProblems))[0]?.message ?? "", /^There are 100 or more problems with it/);
  });

  test("the command line prints each by itself, without the sum", () => {
    const alone = { source: "b", message: "Odd." };
    const single = singleProblems([alone, ...problemsOf("a.git", messages(2))]);
    assert.deepEqual(single, [alone, ...messages(2).map((message) => ({ source: "a.git", message }))]);
  });
});
