/** Where a person is on the page: kept as a distance from a patch, because heights change as diffs are drawn. */

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
export function placeOf(patch: HTMLElement): number {
  return Number(patch.dataset["patch"]);
}

/** The lower edge of what stays on top of the page. */
function barBottom(page: ParentNode): number {
  return page.querySelector(".bar")?.getBoundingClientRect().height ?? 0;
}

/** The patch that is read now: the last one that begins at or above the top of what is visible. */
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
  return { patch: placeOf(patch), offset: Math.round(-patch.getBoundingClientRect().top) };
}

export function goToPosition(page: ParentNode, { patch, offset }: Position): void {
  const element = patch === null ? null : page.querySelector(`details.patch[data-patch="${patch}"]`);
  const top = element ? element.getBoundingClientRect().top + window.scrollY : 0;
  window.scrollTo({ top: top + offset, behavior: "instant" });
}
