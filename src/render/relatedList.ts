/** The section of the series page that names other pending series on the same lines. */
import type { Relation, RelationKind } from "../core/lines/relations";
import { newestRevision } from "../core/series/series";
import { iconHtml, isolated } from "./controls";
import type { ProofFacts } from "./collisionText";
import { visibleAttribute, visibleHtml, visibleText } from "./escape";
import { authorName, plural, revisionName, titleText } from "./labels";

/** One of them, as the page is given it. */
export interface RelatedSeries {
  readonly id: string;
  readonly title: string;
  readonly revision: string;
  readonly author: string;
  readonly kind: RelationKind;
  readonly paths: readonly string[];
}

const order: readonly RelationKind[] = ["depends-on", "needed-by", "conflicts", "same-lines", "same-change", "moves", "moved-by"];

/** What the page is given: what it stands on first, then those that conflict. */
export function relatedSeries(relations: readonly Relation[]): RelatedSeries[] {
  return relations
    .map(({ series, kind, paths }) => {
      const revision = newestRevision(series);
      return { id: series.id, title: titleText(series.title), revision: revisionName(revision), author: authorName(revision), kind, paths };
    })
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}

const names: Record<RelationKind, { readonly icon: string; readonly text: string; readonly title: string }> = {
  conflicts: { icon: "warning", text: "conflicts with", title: "Both change the same lines, to other texts" },
  "depends-on": { icon: "arrow-down", text: "depends on", title: "This series says it is made on top of that one" },
  "needed-by": { icon: "arrow-up", text: "needed by", title: "That series says it is made on top of this one" },
  "same-lines": { icon: "git-compare", text: "same lines as", title: "Their hunks name the same lines; more is not known" },
  moves: { icon: "arrow-right", text: "moves a file of", title: "This series gives a file another name that the other one changes" },
  "moved-by": { icon: "arrow-right", text: "has a file moved by", title: "That series gives a file another name that this one changes" },
  "same-change": { icon: "check", text: "same change as", title: "Both make the same of these lines" },
};

/** What git's merge said of two series, as the page is given it. */
export interface RelatedProof {
  readonly kind: "clean" | "conflict" | "unapplied" | "problem";
  /** All of it; `place` is a part of it where there is a conflict to look at. */
  readonly text: string;
  readonly place: string | null;
}

/** The words for a proof; lines are those of the merged file, in which the conflict is shown. */
export function relatedProof(proof: ProofFacts): RelatedProof {
  const part = proof.kind === "unapplied" || proof.whole ? "" : " (only the files of both; not all of the two applies here)";
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

/** A region begins with lines around the conflict. */
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

/** What stands beside an entry once it is known whether the two conflict. */
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
const tryTitle = "Lets git merge the two beside the repository; nothing of yours changes";

/**
 * The section; empty where there is none to name.
 *
 * @param proofs what was found out of some of them, by id
 */
export function relatedHtml(related: readonly RelatedSeries[], proofs: ReadonlyMap<string, RelatedProof> = new Map()): string {
  if (related.length === 0) return "";
  const items = related.map(({ id, title, revision, author, kind, paths }) => {
    const { icon, text, title: why } = names[kind];
    const where = paths.length === 1 ? visibleHtml(paths[0] ?? "") : plural(paths.length, "file");
    // What is made on top of the other is not to be merged with it.
    const isApart = kind !== "depends-on" && kind !== "needed-by";
    const ask = `<button type="button" class="action" data-do="proveConflict" data-series="${visibleAttribute(id)}" aria-label="${visibleAttribute(`Try to merge with ${title}`)}" title="${tryTitle}">Try to Merge</button> <span class="proof">${proofHtml(id, proofs.get(id))}</span>`;
    return `<li data-related="${visibleAttribute(id)}"><span class="kind ${kind}" title="${why}">${iconHtml(icon)}${text}</span> <button type="button" class="link series" data-do="openSeries" data-series="${visibleAttribute(id)}">${isolated(visibleHtml(title))}</button> <span class="about">${visibleHtml(revision)} · ${isolated(visibleHtml(author))} · <span title="${visibleAttribute(paths.join("\n"))}">${where}</span></span> ${isApart ? ask : ""}</li>`;
  });
  return `<section class="related" aria-labelledby="heading-related"><h2 id="heading-related">Other pending series on the same lines</h2><ul>${items.join("")}</ul></section>`;
}
