/** Colliding changes and the result of git's merge: for a terminal, as a document, and as a section of the page. */
import { type Collision, isConflict, type Overlap, sidesOf } from "../core/lines/collisions";
import type { Relation, RelationKind } from "../core/lines/relations";
import { visibleText } from "../core/mail/hiddenCharacters";
import { newestRevision, type Series } from "../core/series/series";
import type { RelatedProof, RelatedSeries } from "../shared/protocol";
import { iconHtml, isolated, visibleAttribute, visibleHtml } from "./html";
import { authorName, movedText, plural, revisionName, titleText } from "./labels";

/** The result of git's merge of two changes; see checkout/mergeProof.ts. */
export type ProofFacts =
  | { readonly kind: "clean"; readonly whole: boolean }
  | { readonly kind: "conflict"; readonly whole: boolean; readonly files: readonly ProofFile[] }
  | { readonly kind: "unapplied"; readonly side: "ours" | "theirs"; readonly patch: number; readonly path: string | null };

export interface ProofFile {
  readonly path: string;
  readonly message: string;
  readonly regions: ReadonlyArray<{ readonly line: number; readonly text: string }>;
}

/** All collisions of a series. */
export interface SeriesCollisions {
  readonly series: Series;
  readonly collisions: readonly Collision[];
  /** Whether any place must be merged by hand; false when both make the same change everywhere. */
  readonly conflicts: boolean;
}

/** Collisions by series: those with something to merge first, otherwise in the given order. */
export function bySeries(collisions: readonly Collision[]): SeriesCollisions[] {
  const groups = new Map<string, Collision[]>();
  for (const collision of collisions) {
    const group = groups.get(collision.series.id);
    if (group) group.push(collision);
    else groups.set(collision.series.id, [collision]);
  }
  const all = [...groups.values()].flatMap((group) =>
    group[0] ? [{ series: group[0].series, collisions: group, conflicts: group.some(isConflict) }] : [],
  );
  return [...all.filter(({ conflicts }) => conflicts), ...all.filter(({ conflicts }) => !conflicts)];
}

/** First and last line, from one; when both only add, the lines around the added ones. */
export function overlapLines({ start, end }: Pick<Overlap, "start" | "end">): readonly [number, number] {
  return end > start ? [start + 1, end] : [Math.max(1, start), start + 1];
}

/** `12-14`, `12`. */
function linesText(place: Overlap): string {
  const [first, last] = overlapLines(place);
  return first === last ? String(first) : `${first}-${last}`;
}

/** `virt/kvm/kvm_main.c:12-14, 40 · patch 1, 3`. */
export function collisionPlacesText({ file, overlaps, moved }: Pick<Collision, "file" | "overlaps" | "moved">): string {
  const patches = [...new Set(overlaps.flatMap((place) => place.patches))].sort((a, b) => a - b);
  return `${visibleText(file.path)}:${overlaps.map(linesText).join(", ")} · ${patches.length === 1 ? "patch" : "patches"} ${patches.join(", ")}${moved ? ` · ${movedText(moved)}` : ""}`;
}

/** `collides with 2 series`. */
export function collidesText(count: number): string {
  return `collides with ${plural(count, "series", "series")}`;
}

/** The output of `collides`. */
export function collidesList(found: readonly SeriesCollisions[], proofs: ReadonlyMap<string, ProofFacts>): string {
  if (found.length === 0) return "No pending series changes the lines you change.\n";
  return found
    .flatMap(({ series, collisions, conflicts }) => {
      const proof = proofs.get(series.id);
      return [
        `${conflicts ? "collides" : "same    "}  ${series.id}  ${titleText(series.title)}  ${revisionName(newestRevision(series))}`,
        ...collisions.map((collision) => `          ${collisionPlacesText(collision)}`),
        ...(proof
          ? [
              `          ${proofSentence(proof)}`,
              ...regionTexts(proof).map((text) => text.replace(/^.*$/gm, (line) => `          | ${line}`.trimEnd())),
            ]
          : []),
      ];
    })
    .map((line) => `${line}\n`)
    .join("");
}

/** The result of git's merge, for a message. */
export function proofSentence(proof: ProofFacts): string {
  return proofSentences(proof).join(" ");
}

/** The same for a document, one sentence a line, since an editor does not wrap them. */
function proofSentences(proof: ProofFacts): string[] {
  const part =
    proof.kind === "unapplied" || proof.whole
      ? []
      : ["Part of the series does not apply here; only its changes to files you changed were merged."];
  switch (proof.kind) {
    case "clean":
      return ["git merges both without conflicts.", ...part];
    case "conflict":
      return [`Merging conflicts in ${plural(proof.files.length, "file")}.`, ...part];
    case "unapplied": {
      const where = proof.path === null ? "" : ` (${visibleText(proof.path)})`;
      const side = proof.side === "theirs" ? "the series" : "your changes";
      return [`Patch ${proof.patch} of ${side} does not apply to the base of your changes${where}.`, "There is nothing to merge."];
    }
  }
}

/** The conflicts of a proof, a text for each file. */
function regionTexts(proof: ProofFacts): string[] {
  if (proof.kind !== "conflict") return [];
  return proof.files.flatMap(({ path, message, regions }) => [
    regions.length === 0 ? `${visibleText(path)}: ${visibleText(message)}` : `${visibleText(path)}:`,
    ...regions.map(({ line, text }) => `@@ from line ${line} of the merged file @@\n${visibleText(text)}`),
  ]);
}

/** The lines that both change, as a conflict of git's, for when git has nothing to merge. */
function overlapTexts({ series, collisions }: SeriesCollisions): string[] {
  const name = `${titleText(series.title)} ${revisionName(newestRevision(series))}`;
  return collisions.filter(isConflict).flatMap(({ file, overlaps }) => [
    `${visibleText(file.path)}:`,
    ...overlaps
      .filter(({ same }) => !same)
      .map((place) => {
        const { base, mine, theirs } = sidesOf(place);
        const lines = ["<<<<<<< your changes", ...mine, "||||||| common base", ...base, "=======", ...theirs, `>>>>>>> ${name}`];
        const where = linesText(place);
        return `@@ base ${where.includes("-") ? "lines" : "line"} ${where} @@\n${visibleText(lines.join("\n"))}`;
      }),
  ]);
}

/** The document that shows how two series meet. */
export function relatedDocument(series: Series, other: Series, proof: ProofFacts): string {
  const nameOf = (one: Series): string => `${titleText(one.title)} ${revisionName(newestRevision(one))}`;
  const isPart = proof.kind !== "unapplied" && !proof.whole;
  const part = isPart ? ["Part of them does not apply here; only the files that both change were merged."] : [];
  const said = [...proofSentences(proof.kind === "unapplied" ? proof : { ...proof, whole: true }), ...part];
  return [nameOf(series), nameOf(other), "", ...said, ...regionTexts(proof).map((text) => `\n${text}`), ""].join("\n");
}

/** The document that shows a proof: the two changes, git's result, and the conflicting lines. */
export function proofDocument(found: SeriesCollisions, proof: ProofFacts): string {
  const { series, collisions } = found;
  const texts = proof.kind === "unapplied" && proof.side === "theirs" ? overlapTexts(found) : regionTexts(proof);
  return [
    `${titleText(series.title)} ${revisionName(newestRevision(series))}`,
    ...collisions.map((collision) => `  ${collisionPlacesText(collision)}`),
    "",
    ...proofSentences(proof),
    ...texts.map((text) => `\n${text}`),
    "",
  ].join("\n");
}

// The section of the series page that names other pending series on the same lines.

const relationOrder: readonly RelationKind[] = ["depends-on", "needed-by", "conflicts", "same-lines", "same-change", "moves", "moved-by"];

/** The related series for the page: first those it depends on, then those that conflict. */
export function relatedSeries(relations: readonly Relation[]): RelatedSeries[] {
  return relations
    .map(({ series, kind, paths }) => {
      const revision = newestRevision(series);
      return { id: series.id, title: titleText(series.title), revision: revisionName(revision), author: authorName(revision), kind, paths };
    })
    .sort((a, b) => relationOrder.indexOf(a.kind) - relationOrder.indexOf(b.kind));
}

const relationLabels: Record<RelationKind, { readonly icon: string; readonly text: string; readonly title: string }> = {
  conflicts: { icon: "warning", text: "conflicts with", title: "Both change the same lines differently" },
  "depends-on": { icon: "arrow-down", text: "depends on", title: "This series says it is made on top of that one" },
  "needed-by": { icon: "arrow-up", text: "needed by", title: "That series says it is made on top of this one" },
  "same-lines": { icon: "git-compare", text: "same lines as", title: "Their hunks touch the same lines; not checked further" },
  moves: { icon: "arrow-right", text: "moves a file of", title: "This series renames a file that the other one changes" },
  "moved-by": { icon: "arrow-right", text: "has a file moved by", title: "That series renames a file that this one changes" },
  "same-change": { icon: "check", text: "same change as", title: "Both make the same change to these lines" },
};

/** The words for a proof; its lines count in the merged file, which shows the conflict. */
export function relatedProof(proof: ProofFacts): RelatedProof {
  const part = proof.kind === "unapplied" || proof.whole ? "" : " (only the files both change; parts do not apply here)";
  switch (proof.kind) {
    case "clean":
      return { kind: "clean", text: `merges cleanly${part}`, place: null };
    case "conflict": {
      const [first, ...others] = proof.files;
      const region = first?.regions[0];
      const name = first?.path.split("/").at(-1) ?? "";
      const place = visibleText(region ? `${name}:${conflictLine(region)}` : name);
      const more = others.length === 0 ? "" : ` and ${plural(others.length, "other file", "other files")}`;
      return { kind: "conflict", text: `conflicts in ${place}${more}${part}`, place };
    }
    case "unapplied": {
      const which = proof.side === "ours" ? "this series" : "that series";
      const where = proof.path === null ? "" : ` (${visibleText(proof.path)})`;
      return { kind: "unapplied", text: `patch ${proof.patch} of ${which} does not apply${where}`, place: null };
    }
  }
}

/** A region begins with some lines above the conflict. */
function conflictLine({ line, text }: { readonly line: number; readonly text: string }): number {
  return (
    line +
    Math.max(
      0,
      text.split("\n").findIndex((one) => one.startsWith("<<<<<<< ")),
    )
  );
}

const proofIcons = { clean: "check", conflict: "warning", unapplied: "question", problem: "error" } as const;

/** The result beside an entry, once it is known whether the two conflict. */
export function proofHtml(id: string, proof: RelatedProof | undefined): string {
  if (!proof) return "";
  const { kind, text, place } = proof;
  const icon = `<span class="kind ${kind === "conflict" ? "conflicts" : kind}">${iconHtml(proofIcons[kind])}</span>`;
  if (place === null) return icon + isolated(visibleHtml(text));
  const at = text.indexOf(place);
  const label = visibleAttribute(`Show the conflict in ${place}`);
  const link = `<button type="button" class="link" data-do="openConflict" data-series="${visibleAttribute(id)}" title="${label}">${isolated(visibleHtml(place))}</button>`;
  return `${icon}${visibleHtml(text.slice(0, at))}${link}${visibleHtml(text.slice(at + place.length))}`;
}

/** A person who reads "merge" may fear for their files. */
const tryMergeTitle = "Tries the merge outside your working tree; your files do not change";

/**
 * The section; empty when there are none.
 *
 * @param proofs results for some of them, by id
 */
export function relatedHtml(related: readonly RelatedSeries[], proofs: ReadonlyMap<string, RelatedProof> = new Map()): string {
  if (related.length === 0) return "";
  const items = related.map(({ id, title, revision, author, kind, paths }) => {
    const { icon, text, title: why } = relationLabels[kind];
    const where = paths.length === 1 ? visibleHtml(paths[0] ?? "") : plural(paths.length, "file");
    // A series on top of the other is not merged with it.
    const isApart = kind !== "depends-on" && kind !== "needed-by";
    const ask = `<button type="button" class="action" data-do="proveConflict" data-series="${visibleAttribute(id)}" aria-label="${visibleAttribute(`Try to merge with ${title}`)}" title="${tryMergeTitle}">Try to Merge</button> <span class="proof">${proofHtml(id, proofs.get(id))}</span>`;
    return `<li data-related="${visibleAttribute(id)}"><span class="kind ${kind}" title="${why}">${iconHtml(icon)}${text}</span> <button type="button" class="link series" data-do="openSeries" data-series="${visibleAttribute(id)}">${isolated(visibleHtml(title))}</button> <span class="about">${visibleHtml(revision)} · ${isolated(visibleHtml(author))} · <span title="${visibleAttribute(paths.join("\n"))}">${where}</span></span> ${isApart ? ask : ""}</li>`;
  });
  return `<section class="related" aria-labelledby="heading-related"><h2 id="heading-related">Other pending series on the same lines</h2><ul>${items.join("")}</ul></section>`;
}
