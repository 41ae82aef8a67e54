import { eventually, shows, waitFor, type Window } from "./fixture";
import { noHover } from "./noHover";

/** Rests on a line of the active editor, at a share of the width of its text, and answers with what the hover says. */
export async function hoverLine(window: Window, line: string, share = 0.5): Promise<string> {
  const hover = window.page.locator(".monaco-resizable-hover .hover-contents").filter({ visible: true });
  // VS Code closes a hover when what it stands on is drawn again, and shows none until the pointer comes anew.
  await eventually(
    `the hover of the line "${line}"`,
    async () => {
      await noHover(window.page);
      await moveToLine(window, line, share);
      return shows(hover.first());
    },
    (shown) => shown,
  );
  // The editor shows a hover as soon as one provider has answered; the slower ones add to it.
  return eventually(
    "the hover to say something",
    async () => (await hover.allInnerTexts()).join("\n").trim(),
    (text) => text !== "" && text !== "Loading...",
  );
}

/** Rests on a line and answers whether nothing comes up in the time a hover takes. */
export async function hasNoHover(window: Window, line: string, share = 0.5): Promise<boolean> {
  await noHover(window.page);
  await moveToLine(window, line, share);
  await window.page.waitForTimeout(1500);
  return (await window.page.locator(".monaco-resizable-hover").filter({ visible: true }).count()) === 0;
}

async function moveToLine(window: Window, line: string, share: number): Promise<void> {
  const text = window.page.locator(".editor-instance .view-line").filter({ hasText: line }).first().locator("> span").first();
  const box = await waitFor(`the line "${line}"`, text.boundingBox());
  if (!box) throw new Error(`The line "${line}" is not on the screen.`);
  await window.page.mouse.move(box.x + box.width * share, box.y + box.height / 2, { steps: 3 });
}

/** Rests on the item of the status bar with this text and answers with its tooltip. */
export async function hoverStatusBar(window: Window, text: string): Promise<string> {
  const hover = window.page.locator(".workbench-hover").filter({ visible: true }).last();
  await eventually(
    `the tooltip of "${text}"`,
    async () => {
      await noHover(window.page);
      await waitFor(`the status bar item "${text}"`, window.statusBarItem(text).hover());
      return shows(hover);
    },
    (shown) => shown,
  );
  return hover.innerText();
}

/** The lines of a hover that are not empty. */
export function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}

/** The badge of a file in the Explorer, which VS Code draws with a style and not as text; "" where there is none. */
export async function explorerBadge(window: Window, label: string): Promise<string> {
  const name = window.row(label).locator(".monaco-icon-label").first();
  const content = await waitFor(
    `the row "${label}" in the Explorer`,
    name.evaluate((element) => getComputedStyle(element, "::after").content),
  );
  return content === "none" || content === "normal" ? "" : content.replaceAll('"', "");
}
