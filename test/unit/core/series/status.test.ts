/** What the words of mail, and a tree, make the status of a series. */
import assert from "node:assert/strict";
import type { Trailer } from "../../../../src/core/mail/trailers";
import {
  judgeCommit,
  landingOf,
  titleTail,
  type CommitRelation,
  type SoughtPatch,
  type TreeCommit,
} from "../../../../src/core/series/landed";
import type { PostedFacts, Reply, ReportedApplied, Series } from "../../../../src/core/series/series";
import { seriesStatus } from "../../../../src/core/series/status";

const ada = { name: "Ada Lind", email: "ada@example.org" };
const bea = { name: "Bea Baker", email: "bea@example.org" };
const bot = { name: "kernel test robot", email: "lkp@intel.com" };
const day = 24 * 60 * 60 * 1000;
const sent = "2026-03-01T10:00:00Z";

interface Said {
  readonly trailers?: ReadonlyArray<readonly Trailer[]>;
  readonly replies?: readonly Reply[];
  readonly applied?: readonly ReportedApplied[];
  readonly missing?: readonly number[];
}

function made({ trailers = [[], []], replies = [], applied = [], missing = [] }: Said = {}): Series {
  const patches = trailers.map((given, at) => ({
    ...{ index: at + 1, title: `KVM: pot: Part ${at + 1}`, author: ada, messageId: `${at + 1}@example.org`, message: null, diff: null },
    ...{ files: [], trailers: given },
  }));
  const posted: PostedFacts = {
    ...{
      kind: "patches",
      replies,
      lists: [],
      otherLists: [],
      firstSent: sent,
      resentAs: [],
      replaced: [],
      changeId: null,
      baseCommit: null,
    },
    ...{ prerequisites: [], applied, oddities: [] },
  };
  const revision = {
    ...{
      version: 1,
      prefixes: ["PATCH"],
      rfc: false,
      resend: false,
      title: "KVM: pot",
      author: ada,
      date: sent,
      messageId: "1@example.org",
    },
    ...{ expected: patches.length + missing.length, cover: null, patches, missing, diffstat: [], files: [], source: "kvm", posted },
  };
  return {
    id: "0123456789ab",
    aliases: [],
    title: "KVM: pot",
    subsystem: "x86",
    status: "new",
    revisions: [revision],
    elsewhere: [],
    links: [],
  };
}

const trailer = (key: string, value: string, giver?: "other"): Trailer => ({ key, value, via: "reply", ...(giver ? { giver } : {}) });
const reply = (author: typeof ada, kind: Reply["kind"] = "comment"): Reply => ({
  ...{ messageId: `r-${author.email}`, inReplyTo: "1@example.org", author, date: sent, patch: 1, kind, trailers: [] },
});
const report = (patches: readonly number[] | null, commit: string | null = null): ReportedApplied => ({
  ...{ messageId: "a@example.org", from: bea, date: sent, patches, commit, quote: "Applied, thanks!" },
});
const statusOf = (said: Said, now = Date.parse(sent)): [string, string[]] => {
  const { status, evidence } = seriesStatus(made(said), null, now);
  return [status, evidence.map(({ kind }) => kind)];
};

suite("status of a series, from mail alone", () => {
  test("new, with answers of nobody but the author and robots", () => {
    assert.deepEqual(statusOf({ replies: [reply(ada), reply(bot, "bot"), reply(bot)] }), ["new", []]);
  });

  test("in review", () => {
    assert.deepEqual(statusOf({ replies: [reply(bea)] }), ["in-review", ["answered"]]);
    assert.deepEqual(statusOf({ trailers: [[trailer("Acked-by", "Bea Baker <bea@example.org> # pots")], []] }), [
      "in-review",
      ["reviewed"],
    ]);
  });

  test("reviewed when all patches are, by others than their author and in the reviewers' own names", () => {
    const by = trailer("Reviewed-by", "Bea Baker <bea@example.org>");
    assert.deepEqual(statusOf({ trailers: [[by], [trailer("acked-by", "bea@example.org")]] }), ["reviewed", ["reviewed"]]);
    assert.equal(statusOf({ trailers: [[by], [by]], missing: [3] })[0], "in-review");
    assert.equal(statusOf({ trailers: [[by], [trailer("Reviewed-by", "Ada Lind <ada@example.net>")]] })[0], "in-review");
    assert.equal(statusOf({ trailers: [[by], [trailer("Reviewed-by", "Cy Moss <cy@example.org>", "other")]] })[0], "in-review");
    assert.equal(statusOf({ trailers: [[by], [trailer("Tested-by", "Cy Moss <cy@example.org>")]] })[0], "in-review");
  });

  test("reported as applied counts where all patches are; each sentence is told once", () => {
    assert.deepEqual(statusOf({ applied: [report(null)] }), ["queued", ["reported-applied"]]);
    assert.deepEqual(statusOf({ applied: [report([1], "0123456"), report([2], "89abcde")] }), ["queued", ["reported-applied"]]);
    assert.deepEqual(statusOf({ applied: [report([1])] }), ["new", ["reported-applied"]]);
    assert.deepEqual(statusOf({ applied: [report([])] }), ["new", ["reported-applied"]]);
  });

  test("stale after 180 days", () => {
    assert.deepEqual(statusOf({ replies: [reply(bea)] }, Date.parse(sent) + 180 * day), ["in-review", ["answered"]]);
    assert.deepEqual(statusOf({ replies: [reply(bea)] }, Date.parse(sent) + 181 * day), ["stale", ["answered", "silent"]]);
  });
});

suite("status of a series, from a tree", () => {
  const main = { name: "HEAD", main: true };
  const next = { name: "kvm/next", main: false };
  const commit = (refs: readonly string[], more: Partial<TreeCommit> = {}): TreeCommit => ({
    ...{ id: "ab".repeat(20), title: "KVM: pot: Part 1", author: ada, committed: Date.parse(sent) + day, links: [], pickedFrom: null },
    ...{ content: null, refs, reverted: [], local: false },
    ...more,
  });
  const landing = (index: number, refs: readonly string[], relation: CommitRelation = "same", more: Partial<TreeCommit> = {}) =>
    landingOf({ index, title: "" }, [{ commit: commit(refs, more), relation, signs: [] }], [main, next]);
  const status = (...patches: ReadonlyArray<ReturnType<typeof landing>>): string =>
    seriesStatus(made(), { patches, refs: [main, next] }, null).status;

  test("all patches on one ref, and nothing less", () => {
    assert.equal(status(landing(1, ["HEAD"]), landing(2, ["HEAD", "kvm/next"], "changed")), "landed");
    assert.equal(status(landing(1, ["HEAD", "kvm/next"]), landing(2, ["kvm/next"])), "queued");
    assert.equal(status(landing(1, ["HEAD"]), landing(2, ["kvm/next"])), "new");
    assert.equal(status(landing(1, ["HEAD"]), landing(2, ["HEAD"], "older")), "new");
    assert.equal(status(landing(1, ["HEAD"]), landing(2, ["HEAD"], "unproven")), "new");
    assert.equal(status(landing(1, ["HEAD"]), landing(2, ["HEAD"], "same", { local: true })), "new");
    assert.equal(
      status(landing(1, ["HEAD"]), landing(2, ["HEAD"], "same", { reverted: [{ ref: "HEAD", commit: "cd".repeat(20) }] })),
      "new",
    );
    // A patch that never came is not known to have landed.
    assert.equal(status(landing(1, ["HEAD"])), "new");
  });

  test("the words of a report do not outweigh a revert", () => {
    const taken = landing(1, ["HEAD"], "same", { reverted: [{ ref: "HEAD", commit: "cd".repeat(20) }] });
    const { status: said } = seriesStatus(made({ applied: [report(null)] }), { patches: [taken, taken], refs: [main] }, null);
    assert.equal(said, "new");
  });

  const content = (...lines: readonly string[]) => ({ patchId: lines.join(), lines: [...lines].sort() });
  const sought: SoughtPatch = {
    ...{ index: 1, title: "KVM: pot: Part 1", author: ada, sent: Date.parse(sent), content: content("a", "b", "c", "d"), older: [] },
    ...{
      mails: new Set(["1@example.org"]),
      besides: new Set(["2@example.org"]),
      olderMails: new Set(["0@example.org"]),
      cited: new Set<string>(),
    },
  };
  const relation = (more: Partial<TreeCommit>, patch: Partial<SoughtPatch> = {}) =>
    judgeCommit({ ...sought, ...patch }, commit(["HEAD"], more))?.relation ?? null;

  test("what a commit is of a patch", () => {
    assert.equal(relation({ content: content("a", "b", "c", "d"), author: bea, title: "Another" }), "same");
    assert.equal(relation({ content: content("a", "b", "c", "x") }), "changed");
    assert.equal(relation({ content: content("a", "x", "y", "z") }), "unproven");
    assert.equal(relation({ content: content("a", "x", "y", "z"), links: ["1@example.org"] }), "changed");
    assert.equal(relation({ content: content("a", "b", "c", "x"), links: ["2@example.org"], committed: 0 }), "changed");
    assert.equal(relation({ content: content("a", "b", "c", "x"), committed: 0 }), "unproven");
    assert.equal(relation({ content: content("a", "b", "c", "x") }, { sent: null }), "unproven");
    assert.equal(relation({ content: content("a", "b", "x", "y") }, { older: [content("a", "b", "x", "z")] }), "older");
    assert.equal(relation({ content: content("a", "b", "x", "y"), links: ["0@example.org"] }), "older");
    assert.equal(relation({ title: "KVM: Another", content: content("x") }), null);
    assert.equal(relation({ title: "KVM: Another", content: content("a", "b", "c", "x"), links: ["1@example.org"] }), "changed");
    assert.equal(
      relation({ title: "KVM: Another", author: bea, content: content("a", "b", "c", "x"), links: ["1@example.org"] }),
      "unproven",
    );
    assert.equal(relation({ content: null }), "unproven");
  });

  test("the words of a title behind its prefixes", () => {
    assert.equal(titleTail("KVM: x86/mmu: Zap it all"), titleTail("KVM: x86: Zap it all"));
    assert.notEqual(titleTail('Revert "KVM: x86: Zap it all"'), titleTail("KVM: x86: Zap it all"));
    assert.notEqual(titleTail("KVM: x86: Cleanup"), titleTail("KVM: arm64: Cleanup"));
  });
});
