import type { Locator, Page } from "playwright-core";

/** One visible row of a tree, as a user or a screen reader meets it. */
export interface TreeRow {
  readonly level: number;
  readonly label: string;
  readonly description: string;
  /** What a screen reader says; the item's accessibility information where it has one, else label and description. */
  readonly ariaLabel: string;
  /** Nothing for a row without children. */
  readonly expanded: boolean | undefined;
}

/** The view with this title in a side bar or panel; without a title, all lists of the side bar. */
export function viewLocator(page: Page, view?: string): Locator {
  const sideBar = page.locator(".part.sidebar");
  if (view === undefined) return sideBar;
  const title = page.locator(".pane-header h3.title").getByText(view, { exact: true });
  return page.locator(".pane").filter({ has: title });
}

/** The rows of a view that are on the screen now, from top to bottom. */
export async function readRows(view: Locator): Promise<TreeRow[]> {
  return view.locator(".monaco-list-row").evaluateAll((elements) =>
    elements
      // The list reuses its elements: their order in the page is not the order on the screen.
      .sort((one, other) => Number(one.getAttribute("data-index")) - Number(other.getAttribute("data-index")))
      .map((row) => {
        const text = (selector: string) => row.querySelector(selector)?.textContent.trim() ?? "";
        const expanded = row.getAttribute("aria-expanded");
        return {
          level: Number(row.getAttribute("aria-level") ?? "1"),
          label: text(".label-name") || text(".monaco-tl-contents") || row.textContent.trim(),
          description: text(".label-description"),
          ariaLabel: row.getAttribute("aria-label") ?? "",
          expanded: expanded === null ? undefined : expanded === "true",
        };
      }),
  );
}

/** Two spaces of indentation per level, then label and description. */
export function indented(rows: readonly TreeRow[]): string[] {
  return rows.map(({ level, label, description }) => `${"  ".repeat(level - 1)}${[label, description].filter(Boolean).join(" ")}`);
}

/** The row whose label is this text; the first one if there are several. */
export function rowLocator(view: Locator, label: string): Locator {
  const name = view.page().locator(".label-name, .monaco-tl-contents").getByText(label, { exact: true });
  return view.locator(".monaco-list-row").filter({ has: name }).first();
}
