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
    const start = "Patch 3 of 3 does not apply to HEAD. Its changes are shown at the current position of their lines";
    assert.equal(said({ stoppedAt: 1 }), `${start}.`);
    assert.equal(said({ stoppedAt: 1, left: 1 }), `${start}. Left out: 1 change.`);
    assert.equal(said({ stoppedAt: 1, missing: ["a/b.c"] }), `${start}. Left out: a/b.c, which does not exist there.`);
    assert.equal(
      said({ stoppedAt: 1, left: 2, missing: ["a", "b"] }),
      `${start}. Left out: 2 changes and 2 files that do not exist there.`,
    );
  });

  test("that nothing can be shown", () => {
    assert.match(said({ stoppedAt: 0, left: 2, files: [] }) ?? "", /^Patch 1 of 3 does not apply to HEAD: none of the lines/);
    assert.match(said({ stoppedAt: 0, files: [] }) ?? "", /all its changes are already there\.$/);
  });
});
