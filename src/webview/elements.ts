/**
 * The parts of the document, small changes to them, and the reader's place among them. The place is kept as a distance from a patch,
 * because heights change as diffs are drawn.
 */
import { visibleText } from "../core/mail/hiddenCharacters";

/** An element that the document has from the beginning, or that the page just drew. */
export function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

export const page = element("page");
const announcer = element("announcer");

/** Announces something to people who hear the page. */
export function announce(text: string): void {
  announcer.textContent = visibleText(text);
}

/** The line of a patch, which takes the focus for the patch. */
export function summaryOf(patch: number): HTMLElement | null {
  return page.querySelector<HTMLElement>(`details.patch[data-patch="${patch}"] > summary`);
}

/** The reader's place on the page, kept as a distance from a patch, because heights change as diffs are drawn. */

export interface Position {
  /** Null for a place above the patches. */
  readonly patch: number | null;
  readonly offset: number;
}

/** The patches of the page, in order. */
export function patchElements(page: ParentNode): HTMLDetailsElement[] {
  return [...page.querySelectorAll<HTMLDetailsElement>("details.patch")];
}

/** The place of a patch in its revision. */
export function patchPlaceOf(patch: HTMLElement): number {
  return Number(patch.dataset["patch"]);
}

/** The lower edge of the bar that stays on top of the page. */
function barBottom(page: ParentNode): number {
  return page.querySelector(".bar")?.getBoundingClientRect().height ?? 0;
}

/** The patch being read: the last one that begins at or above the top of the visible part. */
export function currentPatch(page: ParentNode): HTMLDetailsElement | null {
  const focused = document.activeElement?.closest<HTMLDetailsElement>("details.patch") ?? null;
  if (focused && isOnScreen(focused)) return focused;
  const top = barBottom(page) + 12;
  return patchElements(page).findLast((patch) => patch.getBoundingClientRect().top <= top) ?? null;
}

function isOnScreen(element: Element): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < window.innerHeight;
}

export function readPosition(page: ParentNode): Position {
  const top = barBottom(page) + 12;
  const patch = patchElements(page).findLast((element) => element.getBoundingClientRect().top <= top);
  if (!patch) return { patch: null, offset: window.scrollY };
  return { patch: patchPlaceOf(patch), offset: Math.round(-patch.getBoundingClientRect().top) };
}

export function goToPosition(page: ParentNode, { patch, offset }: Position): void {
  const element = patch === null ? null : page.querySelector(`details.patch[data-patch="${patch}"]`);
  const top = element ? element.getBoundingClientRect().top + window.scrollY : 0;
  window.scrollTo({ top: top + offset, behavior: "instant" });
}

// Small changes to parts of the visible page.

/** Marks the files that the open tree does not have; files that are not mentioned stay as they are. */
export function markPresent(page: ParentNode, present: Readonly<Record<string, boolean>>): void {
  for (const button of page.querySelectorAll<HTMLElement>("[data-do='openFile'][data-path]")) {
    const isAbsent = present[button.dataset["path"] ?? ""] === false;
    button.closest(".path-cell")?.classList.toggle("is-absent", isAbsent);
    if (isAbsent) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
}

/** The bar shows the title once the heading is out of sight. */
export function watchHead(page: ParentNode): void {
  const head = page.querySelector(".overview-head");
  const bar = page.querySelector(".bar");
  if (!head || !bar) return;
  new IntersectionObserver(([entry]) => bar.classList.toggle("is-stuck", entry?.isIntersecting === false)).observe(head);
}

/** Goes from a file's row in a patch to that file's diff. */
export function goToFile(row: HTMLElement): void {
  const files = [...(row.closest(".patch")?.querySelectorAll<HTMLElement>("[data-file]") ?? [])];
  const file = files.find((one) => one.dataset["path"] === row.dataset["path"]);
  file?.scrollIntoView({ block: "start", behavior: "instant" });
  file?.querySelector<HTMLElement>("button.path")?.focus({ preventScroll: true });
}
