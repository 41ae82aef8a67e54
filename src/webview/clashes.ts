/** The section of numbers and names that others claim too. */
import { clashesHtml } from "../render/clashes";
import type { PageClash } from "../shared/protocol";
import { page } from "./elements";

let known: readonly PageClash[] = [];

/** Forgets them: they are sent again after each series. */
export function forgetClashes(): void {
  known = [];
}

/** Names them, now and when another revision is shown. */
export function showClashes(clashes: readonly PageClash[] = known): void {
  known = clashes;
  const section = page.querySelector(".series-clashes");
  if (section) section.innerHTML = clashesHtml(known);
}
