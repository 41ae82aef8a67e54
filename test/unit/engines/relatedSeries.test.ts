import assert from "node:assert/strict";
import type { MergeProof } from "../../../src/checkout/mergeProof";
import type { Relation } from "../../../src/core/lines/relations";
import { nothingMoved } from "../../../src/core/series/movedFiles";
import type { Series } from "../../../src/core/series/series";
import { type ConflictPorts, relationsOf, SeriesConflicts } from "../../../src/engines/relatedSeries";
import { patchEntry, seriesOf } from "../../support/invented";

const path = "arch/x86/kvm/x86.c";
const [first, second] = seriesOf([
  patchEntry("[PATCH] KVM: x86: Fix it", { [path]: 1 }),
  patchEntry("[PATCH] KVM: x86: Break it", { [path]: 2 }),
]);
/** With a patch of which a diff was read. */
const withLines: Series = {
  ...first!,
  revisions: first!.revisions.map((one) => ({
    ...one,
    patches: one.patches.map((patch) => ({
      ...patch,
      index: 1,
      files: patch.files.map((file) => ({ ...file, hunks: [[10, 5, 10, 6] as const] })),
    })),
  })),
};
const proof = { kind: "clean" } as unknown as MergeProof;
const trusted = { binary: "git" };

suite("other series on the same lines", () => {
  async function relations(git: typeof trusted | null): Promise<{ found: Array<readonly Relation[]>; read: string[] }> {
    const touches = [withLines, second!].map((series) => ({ series, patches: [1], lines: [[10, 14] as const] }));
    const read: string[] = [];
    const found: Array<readonly Relation[]> = [];
    const ports = {
      trees: { topsForSeries: () => ["/linux"] },
      moved: { namesIn: () => nothingMoved, touching: () => touches },
      mails: { mails: () => Promise.resolve(new Map()) },
      needs: { index: () => ({ of: () => [] }) as never },
      applies: { base: "kvm/next" },
      git: () => git,
      engine: () =>
        Promise.resolve({
          readFilesAt: (top: string, base: string, paths: readonly string[]) => {
            read.push(`${top} ${base} ${paths.join()}`);
            return Promise.resolve(new Map());
          },
        }),
    };
    for await (const some of relationsOf(withLines, ports)) found.push(some);
    return { found, read };
  }

  test("are told from memory first, then by the texts on what series are checked against", async () => {
    const { found, read } = await relations(trusted);
    assert.deepEqual(
      found[0]!.map(({ series, kind, paths }) => [series, kind, paths]),
      [[second, "same-lines", [path]]],
    );
    assert.deepEqual([found.length, read], [2, [`/linux kvm/next ${path}`]]);
  });

  test("ask git for nothing before the workspace is trusted", async () => {
    const { found, read } = await relations(null);
    assert.deepEqual([found.length, read], [2, []]);
  });
});

suite("conflicts of two series", () => {
  function makeGround() {
    const ground = {
      git: trusted as typeof trusted | null,
      tops: ["/linux"],
      proof: proof as MergeProof | null,
      others: [second!] as readonly Series[],
    };
    const asked: string[] = [];
    const prove: Awaited<ReturnType<ConflictPorts["engine"]>>["proveSeries"] = (top, base, ours, theirs) => {
      asked.push(`${top} ${base} ${ours.name} ${theirs.name}`);
      return Promise.resolve(ground.proof);
    };
    const conflicts = new SeriesConflicts({
      library: { find: (id) => ground.others.find((one) => one.id === id) },
      trees: { topsForSeries: () => ground.tops },
      moved: { namesIn: () => nothingMoved },
      mails: { mails: () => Promise.resolve(new Map()) },
      applies: { base: "kvm/next" },
      git: () => ground.git,
      engine: () => Promise.resolve({ proveSeries: prove }),
      nameOf: ({ title }) => title,
    });
    return { ground, asked, conflicts };
  }

  test("are proved on what series are checked against, and known from then on", async () => {
    const { asked, conflicts } = makeGround();
    assert.throws(() => conflicts.proved(second!.id), /This result has expired/);
    assert.equal(await conflicts.prove(first!, second!.id), proof);
    assert.deepEqual(asked, [`/linux kvm/next ${first!.title} ${second!.title}`]);
    assert.deepEqual(conflicts.proved(second!.id), { other: second, proof });
  });

  test("what stands in the way is said, and nothing is proved by it", async () => {
    const { ground, conflicts, asked } = makeGround();
    const refused = (sentence: RegExp): Promise<void> => assert.rejects(conflicts.prove(first!, second!.id), sentence);
    ground.proof = null;
    await refused(/mails are no longer in the archive/);
    ground.tops = [];
    await refused(/Open a checkout of the tree/);
    ground.git = null;
    await refused(/git does not run in an untrusted workspace/);
    ground.others = [];
    await refused(/no longer in any source/);
    assert.throws(() => conflicts.proved(second!.id), /expired/);
    assert.equal(asked.length, 1);
  });
});
