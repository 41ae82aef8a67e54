import assert from "node:assert/strict";
import { assembleSeries } from "../../../../src/core/postings/assembleSeries";
import { sha256 } from "../../../support/madeMail";
import { kindsOfMany, type Steps } from "../../../support/manyPostings";

/** Each key may bring a posting together with so many others. */
const mostSharing = 64;

suite("thousands of postings", () => {
  for (const [name, make] of Object.entries(kindsOfMany)) {
    test(`${name}: twice as many take twice as many comparisons`, () => {
      const [once, twice] = [1000, 2000].map((count) => {
        const steps: Steps = { taken: 0 };
        const { postings, corrections } = make(count, steps);
        const series = assembleSeries(postings, sha256, () => "", corrections);
        assert.equal(
          series.reduce((sum, { revisions }) => sum + revisions.length, 0),
          count,
        );
        return steps.taken;
      });
      assert.ok(once !== undefined && twice !== undefined);
      assert.ok(twice <= once * 2.1 + 1000, `${once} and ${twice}`);
      assert.ok(twice <= 2000 * mostSharing * 8, `${twice}`);
    });
  }
});
