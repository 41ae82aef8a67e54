/** The two fixed places of the document: the page, and the line that screen readers read out. */
import { visibleText } from "../render/escape";

/** An element the document has from the beginning, or that the page just drew. */
export function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

export const page = element("page");
const announcer = element("announcer");

/** Says something to those who hear the page. */
export function announce(text: string): void {
  announcer.textContent = visibleText(text);
}

/** The line of a patch, which takes the focus for it. */
export function summaryOf(patch: number): HTMLElement | null {
  return page.querySelector<HTMLElement>(`details.patch[data-patch="${patch}"] > summary`);
}
