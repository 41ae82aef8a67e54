/** Draws the section of other series on the same lines, and puts findings about them beside them. */
import { proofHtml, relatedHtml } from "../render/collisions";
import type { RelatedProof, RelatedSeries } from "../shared/protocol";
import { announce, page } from "./elements";

let related: readonly RelatedSeries[] = [];
const proofs = new Map<string, RelatedProof>();
const asked = new Set<string>();

/** Forgets the others, because another series, or another state of it, is shown. */
export function forgetRelated(isOther: boolean): void {
  if (isOther) related = [];
  proofs.clear();
  asked.clear();
}

/** Names the other series on the same lines, now and when another revision is shown. */
export function showRelated(others: readonly RelatedSeries[] = related): void {
  related = others;
  const section = page.querySelector(".related-series");
  if (!section) return;
  const focused = document.activeElement;
  const kept = section.contains(focused) && focused instanceof HTMLElement ? focused.dataset : null;
  section.innerHTML = relatedHtml(related, proofs);
  for (const id of asked) markAsked(id, true);
  // Focus on a button of an entry returns to it when the entries are drawn with more facts.
  const again = Array.from(section.querySelectorAll<HTMLElement>("[data-do]")).find(
    ({ dataset }) => dataset["do"] === kept?.["do"] && dataset["series"] === kept?.["series"],
  );
  if (kept) again?.focus({ preventScroll: true });
}

/** Says that git is working, so that nobody asks twice. */
export function proofAsked(id: string): void {
  asked.add(id);
  markAsked(id, true);
  announce("Merging the two");
}

/** Puts the answer beside its entry. */
export function showProof(id: string, proof: RelatedProof): void {
  asked.delete(id);
  proofs.set(id, proof);
  markAsked(id, false);
  const place = relatedItem(id)?.querySelector(".proof");
  if (place) place.innerHTML = proofHtml(id, proof);
  announce(proof.text);
}

function markAsked(id: string, isAsked: boolean): void {
  const button = relatedItem(id)?.querySelector<HTMLElement>("[data-do='proveConflict']");
  if (!button) return;
  if (isAsked) {
    button.setAttribute("aria-disabled", "true");
    button.title = "git merges the two";
  } else {
    button.removeAttribute("aria-disabled");
    button.removeAttribute("title");
  }
}

function relatedItem(id: string): Element | null {
  return Array.from(page.querySelectorAll<HTMLElement>("li[data-related]")).find(({ dataset }) => dataset["related"] === id) ?? null;
}
