import { eventually, shows, waitFor, type Window } from "./fixture";
import { noHover } from "./noHover";

/**
 * Puts the cursor on a line of the active editor, at a share of the width of its text, and answers with what the hover there says. It is
 * asked for with the keys of "Show or Focus Hover": one that comes by the pointer goes when a slow editor scrolls or draws under it.
 */
export async function hoverLine(window: Window, line: string, share = 0.5): Promise<string> {
  const { keyboard } = window.page;
  const hover = window.page.locator(".monaco-resizable-hover .hover-contents").filter({ visible: true });
  // The text of the hover before this one must not be taken for its own. VS Code gives up a hover when what it is about is coloured, marked or
  // folded meanwhile, as happens to a file that has just been opened: then it is asked for once more.
  return eventually(
    `the hover of the line "${line}"`,
    async () => {
      // A hover that is open lies over the lines beside it.
      if (await hover.first().isVisible()) await keyboard.press("Escape");
      await noHover(window.page);
      await clickLine(window, line, share);
      await noHover(window.page);
      await keyboard.press("Control+K");
      await keyboard.press("Control+I");
      if (!(await shows(hover.first()))) return "";
      // The editor shows a hover as soon as one provider has answered; the slower ones add to it.
      const said = async () => (await hover.allInnerTexts()).join("\n").trim();
      return eventually("the hover to say something", said, (text) => text !== "" && text !== "Loading...", 5_000).catch(() => "");
    },
    (text) => text !== "",
  );
}

async function clickLine(window: Window, line: string, share: number): Promise<void> {
  const text = window.page.locator(".editor-instance .view-line").filter({ hasText: line }).first().locator("> span").first();
  const box = await waitFor(`the line "${line}"`, text.boundingBox());
  if (!box) throw new Error(`The line "${line}" is not on the screen.`);
  await window.page.mouse.click(box.x + box.width * share, box.y + box.height / 2);
}

/** Rests on the item of the status bar with this text and answers with its tooltip. */
export async function hoverStatusBar(window: Window, text: string): Promise<string> {
  const hover = window.page.locator(".workbench-hover").filter({ visible: true });
  // VS Code closes the tooltip of an item that is written anew, and shows none until the pointer comes again.
  return eventually(
    `the tooltip of "${text}"`,
    async () => {
      await noHover(window.page);
      await waitFor(`the status bar item "${text}"`, window.statusBarItem(text).hover());
      return (await shows(hover.last())) ? (await hover.allInnerTexts()).join("\n").trim() : "";
    },
    (said) => said !== "",
  );
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
