/** What patches unfold to, drawn when they are unfolded: most of a long page is never looked at. */
import { patchBodyHtml, patchMessageHtml } from "../render/patchList";
import type { PageRevision } from "../render/pageSeries";
import { placeOf } from "./position";

/**
 * Draws what a patch unfolds to, unless that was done.
 *
 * @returns whether it was drawn now
 */
export function drawBody(patch: HTMLElement, revision: PageRevision, openReplies: ReadonlySet<string>): boolean {
  const body = patch.querySelector<HTMLElement>(":scope > .patch-body[data-undrawn]");
  if (!body) return false;
  delete body.dataset["undrawn"];
  body.innerHTML = patchBodyHtml(revision, placeOf(patch), openReplies);
  return true;
}

/** Writes messages that came into the patches that are drawn already. */
export function fillMessages(page: ParentNode, revision: PageRevision): void {
  for (const place of page.querySelectorAll<HTMLElement>("[data-message]")) {
    const patch = place.closest<HTMLElement>("[data-patch]");
    if (patch) place.innerHTML = patchMessageHtml(revision, placeOf(patch));
  }
}
