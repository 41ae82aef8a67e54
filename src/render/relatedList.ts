/** The section of the series page that names other pending series on the same lines. */
import type { Relation, RelationKind } from "../core/relations";
import { newestRevision } from "../core/series";
import { iconHtml, isolated } from "./controls";
import { visibleAttribute, visibleHtml } from "./escape";
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

const order: readonly RelationKind[] = ["conflicts", "same-lines", "same-change"];

/** What the page is given: those that conflict first. */
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
  "same-lines": { icon: "git-compare", text: "same lines as", title: "Their hunks name the same lines; more is not known" },
  "same-change": { icon: "check", text: "same change as", title: "Both make the same of these lines" },
};

/** The section; empty where there is none to name. */
export function relatedHtml(related: readonly RelatedSeries[]): string {
  if (related.length === 0) return "";
  const items = related.map(({ id, title, revision, author, kind, paths }) => {
    const { icon, text, title: why } = names[kind];
    const where = paths.length === 1 ? visibleHtml(paths[0] ?? "") : plural(paths.length, "file");
    return `<li><span class="kind ${kind}" title="${why}">${iconHtml(icon)}${text}</span> <button type="button" class="link series" data-do="openSeries" data-series="${visibleAttribute(id)}">${isolated(visibleHtml(title))}</button> <span class="about">${visibleHtml(revision)} · ${isolated(visibleHtml(author))} · <span title="${visibleAttribute(paths.join("\n"))}">${where}</span></span></li>`;
  });
  return `<section class="related" aria-labelledby="heading-related"><h2 id="heading-related">Other pending series on the same lines</h2><ul>${items.join("")}</ul></section>`;
}
