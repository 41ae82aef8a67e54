import assert from "node:assert/strict";
import { ownFile, refinedRelation, relatedByLines, relationOf, withDependencies } from "../../../../src/core/lines/relations";
import type { IndexedPatch } from "../../../../src/core/series/revisionTexts";
import type { Series } from "../../../../src/core/series/series";
import type { Touch } from "../../../../src/core/series/touches";
import { proofHtml, relatedHtml, relatedProof, relatedSeries } from "../../../../src/render/collisions";
import { revision, seriesWith } from "../../../support/invented";

const path = "virt/kvm/teapot.c";
const text = Array.from({ length: 60 }, (_, at) => `line ${at}`);

/** A patch that replaces one line, with three lines around it. */
function patch(line: number, added: string): IndexedPatch[] {
  const around = (from: number): string =>
    text
      .slice(from, from + 3)
      .map((one) => ` ${one}\n`)
      .join("");
  const hunk = `@@ -${line - 2},7 +${line - 2},7 @@\n${around(line - 3)}-line ${line}\n+${added}\n${around(line + 1)}`;
  return [{ index: 1, text: `x\n---\ndiff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n${hunk}` }];
}

function series(id: string, hunks: ReadonlyArray<readonly [number, number, number, number]>, title = id): Series {
  const files = [{ path, changed: 1, added: 1, deleted: 0, hunks }];
  const author = { name: "Ada Lind", email: "ada@example.org" };
  const one = { index: 1, title, author, messageId: null, message: null, diff: null, files, trailers: [] };
  return seriesWith([revision({ title, patches: [one], files: [path] })], { id, title });
}

suite("relations between series", () => {
  const own = series("aaaaaaaaaaaa", [[10, 7, 10, 7]]);
  const near = series("bbbbbbbbbbbb", [[14, 7, 14, 7]]);
  const far = series("cccccccccccc", [[40, 7, 40, 7]]);
  const touch = (one: Series, ...lines: ReadonlyArray<readonly [number, number]>): Touch => ({ series: one, patches: [1], lines });

  test("by lines: those whose hunks name the same ones, not itself, and not where lines are unknown", () => {
    const touching = () => [touch(own, [10, 16]), touch(near, [14, 20]), touch(far, [40, 46]), touch(series("dddddddddddd", []))];
    assert.deepEqual(
      relatedByLines(own, touching).map(({ series: one, kind, paths }) => [one.id, kind, paths]),
      [["bbbbbbbbbbbb", "same-lines", [path]]],
    );
  });

  for (const [name, base] of [
    ["on the tree's file", text.join("\n")],
    ["by their hunks alone", undefined],
  ] as const)
    test(`what both make of the lines, ${name}`, () => {
      const file = ownFile(path, base, patch(20, "mine"));
      assert.equal(relationOf(file, patch(20, "other")), "conflicts");
      assert.equal(relationOf(file, patch(21, "next to it")), "conflicts");
      assert.equal(relationOf(file, patch(20, "mine")), "same-change");
      assert.equal(relationOf(file, patch(22, "one line between")), null);
    });

  test("lines that a mail says are far down take no memory, and are compared all the same", () => {
    const far = (...hunks: ReadonlyArray<readonly [number, string]>): IndexedPatch[] => {
      const rows = hunks.map(
        ([line, added]) => `@@ -${line},4 +${line},4 @@\n first of ${line}\n-old ${line}\n+${added}\n below ${line}\n last of ${line}\n`,
      );
      return [{ index: 1, text: `x\n---\ndiff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n${rows.join("")}` }];
    };
    const file = ownFile(path, undefined, far([5, "mine"], [999_999_999, "mine"]));
    assert(file.text && file.text.length < 12);
    assert.equal(relationOf(file, far([5, "mine"])), "same-change");
    assert.equal(relationOf(file, far([999_999_999, "other"])), "conflicts");
    assert.equal(relationOf(file, far([5, "mine"], [999_999_999, "mine"])), "same-change");
    assert.equal(relationOf(file, far([500, "other"])), "same-lines");
  });

  test("a change that has no place in the tree is not said to conflict, nor to be free of it", () => {
    const file = ownFile(path, text.join("\n"), patch(20, "mine"));
    const [other] = patch(20, "other");
    const elsewhere = [{ index: 1, text: (other?.text ?? "").replaceAll("line ", "word ") }];
    assert.equal(relationOf(file, elsewhere), "same-lines");
  });

  test("a relation is as strong as in the file where it is strongest; without any it is none", () => {
    const relation = { series: near, kind: "same-lines", paths: ["a", "b", "c"] } as const;
    const refined = refinedRelation(
      relation,
      new Map([
        ["a", "same-lines"],
        ["b", "conflicts"],
        ["c", null],
      ] as const),
    );
    assert.deepEqual([refined?.kind, refined?.paths], ["conflicts", ["b"]]);
    assert.equal(refinedRelation(relation, new Map([["a", null]])), null);
  });

  test("who is made on top of whom is said instead, both ways", () => {
    const relations = [near, far].map((other) => ({ series: other, kind: "same-lines", paths: [path] }) as const);
    const needs = new Map([
      [own.id, near],
      [far.id, own],
    ]);
    const index = {
      of: (one: Series) => {
        const needed = needs.get(one.id);
        return needed ? [{ kind: "change-id", value: "x", series: needed, present: true } as const] : [];
      },
    };
    const kinds = (one: Series, all: typeof relations) => withDependencies(one, all, index).map(({ kind }) => kind);
    assert.deepEqual(kinds(own, relations), ["depends-on", "needed-by"]);
    assert.deepEqual(kinds(series("ffffffffffff", []), relations), ["same-lines", "same-lines"]);
  });

  test("the answer of git's merge, beside the entry and nowhere a stranger's markup", () => {
    const region = { line: 117, text: "a\nb\nc\n<<<<<<< one\nx\n=======\ny\n>>>>>>> two" };
    const file = { path: "arch/x86/kvm/vmx/tdx.c", message: "CONFLICT (content)", regions: [region] };
    const conflict = relatedProof({ kind: "conflict", whole: true, files: [file, { ...file, path: "b" }] });
    assert.deepEqual(conflict, { kind: "conflict", text: "conflicts in tdx.c:120 and 1 other file", place: "tdx.c:120" });
    assert.match(proofHtml("aaaaaaaaaaaa", conflict), /conflicts in <button [^>]*data-do="openConflict" data-series="aaaaaaaaaaaa"/);
    assert.equal(relatedProof({ kind: "clean", whole: true }).text, "merges cleanly");
    assert.match(relatedProof({ kind: "clean", whole: false }).text, /^merges cleanly \(only the files both change/);
    const unapplied = relatedProof({ kind: "unapplied", side: "ours", patch: 3, path: "<b>" });
    assert.equal(unapplied.text, "patch 3 of this series does not apply (<b>)");
    assert.doesNotMatch(proofHtml("aaaaaaaaaaaa", unapplied), /<b>|button/);
    const odd = relatedProof({ kind: "conflict", whole: true, files: [{ path: "<img>\u202e", message: "", regions: [] }] });
    assert.doesNotMatch(proofHtml("aaaaaaaaaaaa", odd), /<img>|\u202e/);
    assert.match(proofHtml("aaaaaaaaaaaa", odd), /openConflict/);
  });

  test("whether they conflict can be asked, but not of what it is made on top of", () => {
    const html = (kind: "same-lines" | "depends-on") => relatedHtml(relatedSeries([{ series: near, kind, paths: [path] }]));
    assert.match(html("same-lines"), /data-do="proveConflict" data-series="bbbbbbbbbbbb" aria-label="Try to merge with bbbbbbbbbbbb"/);
    assert.doesNotMatch(html("depends-on"), /proveConflict/);
    assert.match(html("depends-on"), /depends on/);
  });

  test("the section of the page names them as text, those that conflict first; empty without any", () => {
    const hostile = series("eeeeeeeeeeee", [], '<img src=x onerror="alert(1)">\u202e');
    const html = relatedHtml(
      relatedSeries([
        { series: near, kind: "same-lines", paths: [path] },
        { series: hostile, kind: "conflicts", paths: ["<b>", "c"] },
      ]),
    );
    assert.doesNotMatch(html, /<img|<b>|\u202e/);
    assert(html.indexOf("conflicts with") < html.indexOf("same lines as"));
    assert.match(html, /data-do="openSeries" data-series="eeeeeeeeeeee"/);
    assert.match(html, /2 files/);
    assert.equal(relatedHtml([]), "");
  });
});
