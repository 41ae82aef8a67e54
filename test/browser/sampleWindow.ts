import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Locator } from "playwright-core";
import { root } from "../host/paths";
import { eventually, openWindow, waitFor, type Window, type WindowOptions } from "./fixture";
import { indented, readRows, rowLocator } from "./treeRows";
import { succeeds } from "./waiting";

const sample = path.join(root, "test", "fixtures", "sample");

/** Copies of the sample material that a test may change. */
export interface SampleCopy {
  readonly folder: string;
  readonly linux: string;
  readonly qemu: string;
  readonly digests: string;
  dispose(): Promise<void>;
}

export async function copySample(): Promise<SampleCopy> {
  const folder = await mkdtemp(path.join(tmpdir(), "kvm-series-ui-"));
  await cp(sample, folder, { recursive: true });
  return {
    folder,
    linux: path.join(folder, "linux"),
    qemu: path.join(folder, "qemu"),
    digests: path.join(folder, "digests"),
    dispose: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** A window on the sample kernel with the sample digests, and the side bar of the extension open. */
export async function openSample(copy: SampleCopy, options: WindowOptions = {}): Promise<Window> {
  const settings = { "kvmSeries.sources": [copy.digests], ...options.settings };
  const window = await openWindow({ folder: copy.linux, ...options, settings });
  await showSideBar(window);
  return window;
}

/** Opens the extension's side bar unless the window has restored it, and waits until its views are there. */
export async function showSideBar(window: Window): Promise<void> {
  const tab = window.page.locator(".activitybar").getByRole("tab", { name: "KVM Series" });
  const view = window.view("Series");
  await waitFor("the icon in the activity bar", tab.waitFor());
  // Unlike the icon, which closes a side bar that a window restores at this moment, the command shows it in any case.
  if (!(await view.isVisible())) await window.runCommand("View: Show KVM Series");
  await waitFor("the view Series", view.waitFor());
}

/** Waits until the view shows what is wanted, and answers with its rows as indented text. */
export async function textsWhen(window: Window, what: string, wanted: (rows: string[]) => boolean, view = "Series"): Promise<string[]> {
  return eventually(what, () => window.treeTexts(view), wanted);
}

/** Waits until the view has a row with this label. */
export async function rowShown(window: Window, label: string, view = "Series"): Promise<void> {
  await eventually(
    `the row "${label}"`,
    async () => (await window.treeRows(view)).map((row) => row.label),
    (labels) => labels.includes(label),
  );
}

/** The rows below a row, as indented text. */
export async function rowsBelow(window: Window, label: string, view = "Series"): Promise<string[]> {
  const rows = await readRows(window.view(view));
  const at = rows.findIndex((row) => row.label === label);
  const level = rows[at]?.level ?? 0;
  const after = rows.slice(at + 1);
  const end = after.findIndex((row) => row.level <= level);
  const below = end < 0 ? after : after.slice(0, end);
  return indented(below.map((row) => ({ ...row, level: row.level - level })));
}

/** The name of the codicon before a row, or "file" where the file icon theme draws it. */
export async function iconOf(row: Locator): Promise<string> {
  const icon = row.locator(".custom-view-tree-node-item-icon, .file-icon").first();
  const classes = (await waitFor("the icon of a row", icon.getAttribute("class"))) ?? "";
  return /codicon-([\w-]+)/.exec(classes)?.[1] ?? "file";
}

/** Opens the context menu of a row and answers with its entries; it stays open. */
export async function contextMenu(window: Window, label: string, view = "Series"): Promise<string[]> {
  await openMenu(window, rowLocator(window.view(view), label));
  return (await menuItems(window).allInnerTexts()).map((text) => text.trim()).filter(Boolean);
}

async function openMenu(window: Window, row: Locator): Promise<void> {
  const open = async () => {
    // A row that is drawn anew at this moment takes the click, or the menu, with it.
    await succeeds(row.click({ button: "right", timeout: 5000 }));
    return succeeds(menuItems(window).first().waitFor({ timeout: 5000 }));
  };
  await eventually("the context menu of the row", open, (isOpen) => isOpen);
}

function menuItems(window: Window): Locator {
  return window.page.locator(".monaco-menu .action-item:not(.disabled) .action-label:not(.separator)");
}

export async function closeMenu(window: Window): Promise<void> {
  const block = window.page.locator(".context-view-block");
  // The menu listens to keys once it has the focus, which it gets a moment after it is drawn.
  await eventually(
    "the menu to close",
    async () => {
      await window.page.keyboard.press("Escape");
      return (await block.count()) === 0 || !(await block.first().isVisible());
    },
    (closed) => closed,
  );
}

/** Chooses an entry of the context menu of a row. */
export async function chooseInMenuOf(window: Window, row: Locator, entry: string): Promise<void> {
  const chosen = menuItems(window).getByText(entry, { exact: true });
  await eventually(
    `the menu to close on "${entry}"`,
    async () => {
      // A view that is drawn anew when something was read takes the menu of a row with it: then it is opened again.
      if (!(await chosen.isVisible())) await openMenu(window, row);
      // For a tenth of a second VS Code takes a click on a menu for the end of the one that opened it, and the menu stays.
      return (await succeeds(chosen.click({ timeout: 2000 }))) && succeeds(chosen.waitFor({ state: "hidden", timeout: 1000 }));
    },
    (closed) => closed,
  );
}

/** Chooses an entry of the context menu of a series, which may be one that is drawn anew now and then: what the entry brings is then said too. */
export async function chooseInMenu(window: Window, label: string, entry: string, view = "Series", brings?: Locator): Promise<void> {
  await chooseInMenuOf(window, rowLocator(window.view(view), label), entry);
  if (brings === undefined) return;
  const whichSeries = window.page.getByPlaceholder("Type a few letters of a title, author or subsystem");
  await eventually(
    `what "${entry}" brings`,
    async () => {
      // While VS Code reads the rows of a view anew it has forgotten what they stood for, and the command asks which series is meant.
      if (await whichSeries.isVisible()) await window.answer(label);
      return brings.first().isVisible();
    },
    (there) => there,
  );
}

/** The entries of the list that is open with this in their text. */
export function pickEntry(window: Window, text: string): Locator {
  return window.page.locator(".quick-input-widget .monaco-list-row").filter({ hasText: text });
}

/** Presses a button in the title of a view. */
export async function pressViewButton(window: Window, name: string, view = "Series"): Promise<void> {
  await window.view(view).locator(".pane-header").hover();
  await waitFor(`the button "${name}"`, window.view(view).getByRole("button", { name, exact: true }).click());
}

/** The text of a view without rows, its paragraphs and buttons a line each. */
export async function welcomeText(window: Window, view = "Series"): Promise<string> {
  const text = await window.view(view).locator(".welcome-view-content").allInnerTexts();
  return text
    .join("\n")
    .trim()
    .replace(/\s*\n\s*/g, "\n");
}

/** Names a file in the dialog that asks where to save, once it proposes such a name. */
export async function saveAs(window: Window, file: string, proposed = /\/digest\.\w+$/): Promise<void> {
  const box = window.page.locator(".quick-input-widget input[type=text]").first();
  await eventually(
    "the proposed name in the dialog to save",
    () => box.inputValue(),
    (name) => proposed.test(name),
  );
  const reading = window.page.locator(".quick-input-widget .quick-input-progress.active");
  // While it reads the folder, the dialog writes over what is typed and passes over Enter: both are done until it has gone.
  await eventually(
    "the dialog to save to close",
    async () => {
      if (!(await box.isVisible())) return true;
      // It may also close between two of these steps, and then there is nothing more to wait for.
      const soon = { timeout: 2000 };
      await succeeds(box.fill(file, soon));
      await succeeds(reading.waitFor({ state: "hidden", ...soon }));
      if ((await box.inputValue(soon).catch(() => "")) !== file) return false;
      return (await succeeds(box.press("Enter", soon))) && succeeds(box.waitFor({ state: "hidden", ...soon }));
    },
    (closed) => closed,
  );
}

/** The labels of the entries of a pick list, without their second lines. */
export async function pickLabels(window: Window): Promise<string[]> {
  const rows = window.page.locator(".quick-input-widget .monaco-list-row").filter({ visible: true });
  return rows.evaluateAll((all) => all.map((row) => row.querySelector(".label-name")?.textContent.trim() ?? ""));
}

/** Waits until a notification says this. */
export async function saidInNotification(window: Window, sentence: string): Promise<void> {
  await eventually(
    `the notification “${sentence}”`,
    () => window.notificationTexts(),
    (texts) => texts.includes(sentence),
  );
}

/** The message above the rows of a view; "" where there is none. */
export async function viewMessage(window: Window, view = "Series"): Promise<string> {
  const shown = window.view(view).locator(".tree-explorer-viewlet-tree-view .message").filter({ visible: true });
  return (await shown.allInnerTexts()).join("\n").trim();
}

/** A picture at the size of the README's, with a side bar wide enough for what stands beside the titles. */
export async function picture(window: Window, name: string, sideBarWidth = 560): Promise<void> {
  const { page } = window;
  const before = page.viewportSize();
  await page.setViewportSize({ width: 1280, height: 800 });
  const bar = await waitFor("the side bar", window.sideBar().boundingBox());
  if (bar) {
    await page.mouse.move(bar.x + bar.width + 1, 400);
    await page.mouse.down();
    await page.mouse.move(bar.x + sideBarWidth, 400, { steps: 4 });
    await page.mouse.up();
  }
  await page.mouse.move(1000, 400);
  // The border that was dragged is lit as long as the pointer is taken to be on it.
  await page.locator(".monaco-sash.hover, .monaco-sash.active").first().waitFor({ state: "hidden" });
  await window.screenshot(name);
  if (before) await page.setViewportSize(before);
}
