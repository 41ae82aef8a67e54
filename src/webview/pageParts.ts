/** Small changes to parts of the page that is shown. */

/** Marks the files that the open tree does not have; those not told of are left as they are. */
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

/** Goes from a row of a patch's files to that file's diff. */
export function goToFile(row: HTMLElement): void {
  const files = [...(row.closest(".patch")?.querySelectorAll<HTMLElement>("[data-file]") ?? [])];
  const file = files.find((one) => one.dataset["path"] === row.dataset["path"]);
  file?.scrollIntoView({ block: "start", behavior: "instant" });
  file?.querySelector<HTMLElement>("button.path")?.focus({ preventScroll: true });
}
