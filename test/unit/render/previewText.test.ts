import assert from "node:assert/strict";
import type { Revision } from "../../../src/core/series/series";
import { previewNotice } from "../../../src/render/failingPatch";

suite("what is told of a preview", () => {
  const revision = { patches: [{ index: 1 }, { index: 3 }], expected: 3 } as unknown as Revision;
  const whole = { stoppedAt: null, left: 0, missing: [], files: [1] };
  const said = (shown: Partial<Parameters<typeof previewNotice>[2]>): string | null =>
    previewNotice(revision, "HEAD", { ...whole, ...shown });

  test("nothing of one that git made", () => assert.equal(said({}), null));

  test("which patch stopped, and what has no place", () => {
    const start = "Patch 3 of 3 does not apply to HEAD, so its changes are shown where their lines stand now";
    assert.equal(said({ stoppedAt: 1 }), `${start}.`);
    assert.equal(said({ stoppedAt: 1, left: 1 }), `${start}; left out: 1 change.`);
    assert.equal(said({ stoppedAt: 1, missing: ["a/b.c"] }), `${start}; left out: the file a/b.c, which is not there.`);
    assert.equal(said({ stoppedAt: 1, left: 2, missing: ["a", "b"] }), `${start}; left out: 2 changes and 2 files that are not there.`);
  });

  test("that nothing can be shown", () => {
    assert.match(said({ stoppedAt: 0, left: 2, files: [] }) ?? "", /^Patch 1 of 3 does not apply to HEAD, and none of the lines/);
    assert.match(said({ stoppedAt: 0, files: [] }) ?? "", /because all that the series changes is there already\.$/);
  });
});
