import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { BrowserContext, FrameLocator, Locator, Page } from "playwright-core";
import { openBrowser } from "../host/chromium";
import { root, screenshots } from "../host/paths";
import { openInWindow, type Server, type Settings, startServer, windowUrl } from "../host/vscodeHost";
import { pictureOfFailures } from "./failurePictures";
import { noHover } from "./noHover";
import { indented, readRows, rowLocator, type TreeRow, viewLocator } from "./treeRows";
import { eventually, patienceMs, shows, waitFor } from "./waiting";

export { eventually, shows, waitFor } from "./waiting";

/** The workbench of a fresh server loads for about ten seconds, on a busy machine for longer. */
const startMs = 90_000;

export interface WindowOptions {
  /** A folder or a `.code-workspace` file; without one the window is empty. */
  readonly folder?: string;
  readonly settings?: Settings;
  /** The extension under development: this repository unless said otherwise; none when a `vsix` is given. */
  readonly extension?: string;
  /** A packaged extension, installed into the fresh server. */
  readonly vsix?: string;
  /** False: workspace trust is on and the folder opens in restricted mode. */
  readonly trust?: boolean;
  /** A folder for the browser's storage; together with `server` a later window restores what an earlier one had open. */
  readonly profile?: string;
  /** True where the window is measured; a test takes less of the processor without. */
  readonly optimize?: boolean;
  /** A server that several windows share; it outlives them. Its settings, trust and vsix were fixed when it was started. */
  readonly server?: Server;
  /** The browser of another window, which then shares its storage as a second window of one VS Code does; it outlives this one. */
  readonly browser?: BrowserContext;
  /** Variables for the extension host. */
  readonly environment?: NodeJS.ProcessEnv;
  readonly width?: number;
  readonly height?: number;
}

export type Window = Awaited<ReturnType<typeof openWindow>>;

/** Opens a VS Code window in Chromium, with the extension under development unless a vsix is given. */
export async function openWindow(options: WindowOptions = {}) {
  const server =
    options.server ??
    (await startServer({
      ...(options.settings === undefined ? {} : { settings: options.settings }),
      ...(options.environment === undefined ? {} : { environment: options.environment }),
      ...(options.trust === undefined ? {} : { trust: options.trust }),
      ...(options.vsix === undefined ? {} : { vsix: options.vsix }),
    }));
  const extension = options.extension ?? (options.vsix === undefined ? root : undefined);
  const browser = options.browser ?? (await openBrowser({ optimize: false, ...options }));
  const page = options.browser ? await browser.newPage() : (browser.pages()[0] ?? (await browser.newPage()));
  page.setDefaultTimeout(patienceMs);
  let forget: () => void = () => undefined;
  const dispose = async () => {
    forget();
    await (options.browser ? page : browser).close();
    if (options.server === undefined) await server.dispose();
  };
  const socket = new HostSocket(server);
  const window = { page, server, ...actions(page, server, socket, options.folder) };
  const url = windowUrl(server, {
    ...(options.folder === undefined ? {} : { folder: options.folder }),
    ...(extension === undefined ? {} : { extension }),
  });
  try {
    const socketMade = await socket.expect();
    await page.goto(url, { timeout: startMs });
    await workbenchReady(page);
    await socketMade();
  } catch (error) {
    await page.screenshot({ path: path.join(screenshots, "window-did-not-open.png") });
    const log = await server.logTail();
    await dispose();
    throw new Error(`The window did not open (out/screenshots/window-did-not-open.png).\n${log}`, { cause: error });
  }
  forget = pictureOfFailures(page);
  return {
    ...window,
    /** Closes the window, and the server unless it is shared. */
    async dispose(): Promise<void> {
      // A browser that is just closed loses what the next window of this profile is to restore; a reload stores it.
      if (options.profile !== undefined) await window.reload();
      await dispose();
    },
  };
}

/** The socket of a window's extension host, which is another one when the window was loaded anew. */
class HostSocket {
  path = "";
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  /** Called before a window is loaded; what it returns waits for the socket that this makes. */
  async expect(): Promise<() => Promise<void>> {
    const before = await this.#server.sockets();
    const added = async () => (await this.#server.sockets()).find((one) => !before.includes(one));
    return async () => {
      this.path = (await eventually("the socket of the extension host", added, (found) => found !== undefined, startMs)) ?? "";
    };
  }
}

/** The workbench itself says when it has restored its views and editors: VS Code's own smoke tests ask it the same way. */
export async function workbenchReady(page: Page): Promise<void> {
  const driver = "globalThis.driver";
  await waitFor("the driver of the workbench", page.waitForFunction(`Boolean(${driver})`, undefined, { timeout: startMs }), startMs);
  await waitFor("the workbench to be restored", page.evaluate(`${driver}.whenWorkbenchRestored()`), startMs);
  await waitFor("the status bar", page.locator(".monaco-workbench .part.statusbar").waitFor());
}

/** Whether one of them begins where the other ends, from top to bottom. */
async function standsAt(hover: Locator, row: Locator): Promise<boolean> {
  // One of them may go at this moment.
  const boxOf = (one: Locator) => one.boundingBox({ timeout: 1_000 }).catch(() => null);
  const [above, below] = [await boxOf(hover), await boxOf(row)].sort((a, b) => (a?.y ?? 0) - (b?.y ?? 0));
  return above != null && below != null && Math.abs(above.y + above.height - below.y) < 6;
}

/** What is typed into a box, and nothing when it has just closed. */
async function valueOf(box: Locator): Promise<string> {
  return box.inputValue({ timeout: 1_000 }).catch(() => "");
}

function actions(page: Page, server: Server, socket: HostSocket, folder: string | undefined) {
  const quickInput = page.locator(".quick-input-widget");

  /** Opens the command palette. */
  const openPalette = async () => {
    // A page that is just getting the focus swallows keys: this one goes to what has the focus in the workbench, be it the frame of a page.
    await page.evaluate(() => {
      const key = { key: "F1", code: "F1", keyCode: 112, bubbles: true, cancelable: true, composed: true };
      (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent("keydown", key));
    });
    const box = quickInput.locator("input[type=text]").first();
    await waitFor("the command palette", box.waitFor());
    return box;
  };

  const runCommand = async (title: string) => {
    const box = await openPalette();
    await box.fill(`>${title}`);
    const names = quickInput.locator(".monaco-list-row .label-name").getByText(title, { exact: true });
    await waitFor(`the command "${title}" to be chosen`, names.first().click());
    // The chosen command may open the quick input again, for a question: it must not be answered in this one.
    await eventually(
      `the command palette to close after "${title}"`,
      async () => !(await box.isVisible()) || (await valueOf(box)) !== `>${title}`,
      (closed) => closed,
    );
  };

  /** Types into the quick input that is open now (an input box or a quick pick) and accepts. */
  const answer = async (text: string): Promise<void> => {
    const box = quickInput.locator("input[type=text]").first();
    await waitFor("an open quick input", box.waitFor());
    await box.fill(text);
    const entries = quickInput.locator(".quick-input-list").filter({ visible: true });
    const chosen = entries.locator(".monaco-list-row.focused");
    // Enter on a list that has not yet found what was typed chooses nothing.
    if (await entries.isVisible()) await waitFor(`an entry for "${text}"`, chosen.first().waitFor());
    await box.press("Enter");
    // The next question comes up in the same box: what is typed for it must not be taken for this one's.
    await eventually(
      `the answer "${text}" to be taken`,
      async () => !(await box.isVisible()) || (await valueOf(box)) !== text,
      (taken) => taken,
    );
  };

  /** Opens the list of notifications: with the smoke test driver on, VS Code collects them there and shows no toasts. */
  const notificationCenter = async () => {
    const center = page.locator(".notifications-center");
    // The list goes by itself when the last notification goes, such as the progress of what has just ended.
    const shown = async () => {
      if (await center.isVisible()) return true;
      await runCommand("Notifications: Show Notifications");
      return shows(center);
    };
    await eventually("the list of notifications", shown, (isShown) => isShown);
    return center;
  };

  return {
    openPalette,

    /** Runs a command by the title that the command palette shows, for example "View: Show Explorer", and answers what it asks then. */
    runCommand: async (title: string, ...answers: readonly string[]): Promise<void> => {
      await runCommand(title);
      for (const each of answers) await answer(each);
    },

    answer,

    /** The labels a quick pick shows now. */
    quickPickTexts: () => quickInput.locator(".monaco-list-row .label-name").allInnerTexts(),

    /** Opens a file of the folder (or of an absolute path) as `code FILE` in a terminal does, and waits until its editor is the active one. */
    async openFile(file: string): Promise<void> {
      const tab = page.locator(`.tab.active[data-resource-name="${path.basename(file)}"]`);
      await openInWindow(socket.path, server.origin, path.resolve(folder ?? "/", file));
      await waitFor(`the editor of ${file}`, tab.waitFor());
      await waitFor(`the text of ${file}`, page.locator(".editor-instance .view-lines").first().waitFor());
    },

    sideBar: (): Locator => page.locator(".part.sidebar"),

    /** The view with this title, or the whole side bar. */
    view: (title?: string): Locator => viewLocator(page, title),

    /** The rows on the screen, with what a screen reader says of them. */
    treeRows: (view?: string): Promise<TreeRow[]> => readRows(viewLocator(page, view)),

    /** The rows on the screen as text, indented by two spaces per level. */
    treeTexts: async (view?: string): Promise<string[]> => indented(await readRows(viewLocator(page, view))),

    /** The row with this label. */
    row: (label: string, view?: string): Locator => rowLocator(viewLocator(page, view), label),

    /** Expands a row unless it is expanded already, without choosing it. */
    async expandRow(label: string, view?: string): Promise<void> {
      const row = rowLocator(viewLocator(page, view), label);
      await waitFor(`the row "${label}"`, row.waitFor());
      if ((await row.getAttribute("aria-expanded")) !== "true") await row.locator(".monaco-tl-twistie").click();
      // The row says "expanded" before its children are there: they are asked of the extension.
      await eventually(
        `the children of the row "${label}"`,
        async () => {
          const rows = await readRows(viewLocator(page, view));
          const at = rows.findIndex((each) => each.label === label);
          return (rows[at + 1]?.level ?? 0) - (rows[at]?.level ?? 0);
        },
        (deeper) => deeper > 0,
      );
    },

    /** Hovers a row and answers with the text of the hover that appears. */
    async hoverRow(label: string, view?: string): Promise<string> {
      const row = rowLocator(viewLocator(page, view), label);
      const hover = page.locator(".workbench-hover");
      // VS Code closes the hover of a row that is drawn again under the pointer, and shows none until the pointer comes anew.
      return eventually(
        `the hover of the row "${label}"`,
        async () => {
          // A hover that is already open would be taken for this row's.
          await noHover(page);
          await waitFor(`the row "${label}"`, row.locator(".monaco-icon-label, .monaco-tl-contents").first().hover());
          // The hover of what the pointer rested on before may come up late: this row's stands at this row.
          if (!(await shows(hover.last())) || !(await standsAt(hover.last(), row))) return "";
          return (await hover.allInnerTexts()).at(-1) ?? "";
        },
        (text) => text !== "",
      );
    },

    /** The item of the status bar that contains this text. */
    statusBarItem: (text: string): Locator => page.locator(".part.statusbar .statusbar-item").filter({ hasText: text }).first(),

    /** The page inside the webview on the screen: VS Code puts it into an iframe in an iframe. */
    webviewFrame: (): FrameLocator =>
      page.locator("iframe.webview.ready").filter({ visible: true }).first().contentFrame().frameLocator("iframe#active-frame"),

    /** The notifications that were shown and not dismissed, newest first. */
    async notificationTexts(): Promise<string[]> {
      const center = await notificationCenter();
      const texts = await center.locator(".notification-list-item-message").allInnerTexts();
      await page.keyboard.press("Escape");
      await waitFor("the notifications to close", center.waitFor({ state: "hidden" }));
      return texts;
    },

    /** Presses a button of the notification that contains this text. */
    async pressInNotification(text: string, button: string): Promise<void> {
      const item = (await notificationCenter()).locator(".monaco-list-row").filter({ hasText: text }).first();
      await waitFor(
        `the button "${button}" of the notification "${text}"`,
        item.getByRole("button", { name: button, exact: true }).click(),
      );
    },

    /** Changes settings while the window is open; the others stay. */
    setSettings: (changes: Settings) => server.setSettings(changes),

    /** Switches the colour theme: "Dark Modern", "Light Modern", "Default High Contrast", "Default High Contrast Light"... */
    async setTheme(name: string): Promise<void> {
      const workbench = page.locator(".monaco-workbench").first();
      const theme = async () => /vscode-theme-\S+/.exec((await workbench.getAttribute("class")) ?? "")?.[0];
      const before = await eventually("the colour theme of the start", theme, (now) => now !== undefined);
      if (server.settings()["workbench.colorTheme"] === name) return;
      await server.setSettings({ "workbench.colorTheme": name });
      await eventually(`the theme "${name}"`, theme, (now) => now !== before);
    },

    /** Writes out/screenshots/NAME.png and answers with its path. */
    async screenshot(name: string): Promise<string> {
      // The chat side bar opens by default and would cover a third of the picture.
      const chat = page.locator(".part.auxiliarybar").filter({ visible: true });
      if ((await chat.count()) > 0) await runCommand("View: Close Secondary Side Bar");
      const file = path.join(screenshots, `${name}.png`);
      await mkdir(screenshots, { recursive: true });
      await page.screenshot({ path: file });
      return file;
    },

    /** Reloads the window as a user does; editors and views come back from what the window stored. */
    async reload(): Promise<void> {
      // A reload of the page alone loses what the workbench has not stored yet: it stores when it shuts down by itself.
      const loaded = page.waitForEvent("load", { timeout: startMs });
      const socketMade = await socket.expect();
      await runCommand("Developer: Reload Window");
      await waitFor("the window to reload", loaded, startMs);
      await workbenchReady(page);
      await socketMade();
    },
  };
}
