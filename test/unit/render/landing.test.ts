import assert from "node:assert/strict";
import type { JudgedCommit, PatchLanding, RemoteBranches } from "../../../src/core/series/landed";
import { landingHtml } from "../../../src/render/landing";
import { type LandingFacts, pageLanding } from "../../../src/render/pageLanding";
import { evidenceSentences, statusNote } from "../../../src/render/seriesStatus";
import { revision, seriesWith } from "../../support/invented";

const series = seriesWith([revision({ date: "2026-03-01T10:00:00Z", messageId: "1@example.org" })], { id: "aaaaaaaaaaaa" });
const commitId = "0123456789abcdef0123456789abcdef01234567";

function commit(
  refs: readonly string[],
  more: Partial<JudgedCommit["commit"]> = {},
  relation: JudgedCommit["relation"] = "same",
): JudgedCommit {
  const author = { name: "Ada Lind", email: "ada@example.org" };
  const known = {
    id: commitId,
    title: "KVM: <b>it</b>",
    author,
    committed: 0,
    links: [],
    pickedFrom: null,
    content: null,
    reverted: [],
    local: false,
  };
  return { commit: { ...known, refs, ...more }, relation, signs: ["patch-id", "author"] };
}

function patch(index: number, state: PatchLanding["state"], ...commits: readonly JudgedCommit[]): PatchLanding {
  return { index, title: `KVM: Patch ${index}`, state, commits };
}

function remote(name: string, more: Partial<RemoteBranches> = {}): RemoteBranches {
  const newest = Date.parse("2026-04-01T00:00:00Z");
  return { name, refs: [`${name}/next`], branches: 1, newest, project: "kernel", isOther: false, ...more };
}

function facts(more: Partial<LandingFacts> = {}): LandingFacts {
  const refs = [
    { name: "HEAD", main: true },
    { name: "kvm/next", main: false },
  ];
  return { evidence: [], name: "", patches: [], refs, remotes: [remote("kvm")], since: "2026-01-01T00:00:00Z", ...more };
}

/** The cells of a landing as `kind: text`, a line each row. */
function cells(known: LandingFacts): string[][] {
  return pageLanding(series, known).rows.map((row) => row.cells.map(({ kind, text }) => `${kind}: ${text}`));
}

suite("where a series stands, on the page", () => {
  test("a row for each patch, a column for HEAD and for each remote", () => {
    const known = facts({
      remotes: [
        remote("kvm"),
        remote("gone", { refs: [], branches: 0, newest: null, project: null }),
        remote("tool", { project: "qemu", isOther: true }),
        remote("old", { newest: Date.parse("2026-02-01T00:00:00Z") }),
      ],
      patches: [
        patch(1, "queued", commit(["kvm/next"])),
        patch(2, "local", commit([], { local: true }, "changed")),
        patch(3, "older", commit(["kvm/next"], {}, "older")),
        patch(4, "reverted", commit(["kvm/next"], { reverted: [{ ref: "kvm/next", commit: commitId }] })),
        { index: 5, title: null, state: "unknown", commits: [] },
        patch(6, "in-tree"),
      ],
    });
    assert.deepEqual(
      pageLanding(series, known).columns.map(({ name }) => name),
      ["HEAD", "kvm", "gone", "tool", "old"],
    );
    const blind = ["unknown: never fetched", "unknown: other project", "unknown: not fetched since"];
    assert.deepEqual(cells(known), [
      ["none: not found", "found: same", ...blind],
      ["changed: changed", "none: not found", ...blind],
      ["none: not found", "older: older revision", ...blind],
      ["none: not found", "reverted: reverted", ...blind],
      Array.from({ length: 5 }, () => "unknown: unknown"),
      ["found: contained", "none: not found", ...blind],
    ]);
  });

  test("with many remotes those that have something are shown, and the rest is named; what was not looked at is said", () => {
    const remotes = Array.from({ length: 20 }, (_, at) => remote(`r${at}`));
    const known = facts({ remotes: [...remotes, remote("last", { branches: 40 })], patches: [patch(1, "queued", commit(["last/next"]))] });
    const { columns, notes } = pageLanding(series, known);
    assert.equal(columns.length, 13);
    assert.equal(columns.at(-1)?.name, "last");
    assert.match(notes.join(" "), /None of it is in 9 more remotes: r11, .*, r19\. Of 60 branches of remotes, 21 were looked at/);
    assert.match(notes.join(" "), /Commits from before 1 Jan 2026 were not read\. Nothing is fetched/);
    assert.match(pageLanding(series, facts({ remotes: [] })).notes.join(" "), /This repository has no remotes\./);
  });

  test("titles of commits are text, a click names the commit, and a table of nothing is folded", () => {
    const found = landingHtml(pageLanding(series, facts({ patches: [patch(1, "queued", commit(["kvm/next"]))] })), false);
    assert.match(found, /data-do="showCommit" data-commit="0123456789abcdef0123456789abcdef01234567"/);
    assert.doesNotMatch(found, /<b>/);
    assert.match(found, /<details data-section="landing" open>/);
    const nothing = landingHtml(pageLanding(series, facts({ patches: [patch(1, "not-found")] })), false);
    assert.match(nothing, /<details data-section="landing"><summary>[^<]*none found/);
  });

  test("without a tree what mails say is all, and without that there is no section", () => {
    const evidence = [{ kind: "answered", replies: 2, by: ["Bea Baker <bea@example.org>"] }] as const;
    const html = landingHtml(pageLanding(series, { evidence }), false);
    assert.match(html, /2 answers from Bea Baker\./);
    assert.doesNotMatch(html, /<table/);
    assert.equal(landingHtml(pageLanding(series, { evidence: [] }), false), "");
    assert.equal(landingHtml(null, false), "");
  });

  test("a part of a series is counted in its row; of several trees the one is named", () => {
    const part = { kind: "partly-landed", ref: "HEAD", patches: [1, 2], changed: [] } as const;
    assert.equal(statusNote({ status: "in-review", evidence: [part] }, 5), "2/5 landed");
    assert.equal(statusNote({ status: "landed", evidence: [{ ...part, kind: "landed" }] }, 2), "landed");
    assert.deepEqual(
      (["new", "in-review", "reviewed", "stale"] as const).map((status) => statusNote({ status, evidence: [] }, 5)),
      ["", "", "reviewed", "stale"],
    );
    assert.deepEqual(evidenceSentences([part, { kind: "silent", days: 200 }], "linux"), [
      "linux: Patches 1-2 are in HEAD.",
      "Nothing was sent for 200 days.",
    ]);
  });
});
