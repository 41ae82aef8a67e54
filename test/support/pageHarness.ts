/**
 * The real series page (its built script and styles) in plain Chromium, with a stand-in for the extension that answers as
 * the protocol says, and the variables that VS Code sets for a theme.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import type { Series } from "../../src/core/series";
import { pageSeries, type PageFileDiff } from "../../src/render/pageSeries";
import { pageHtml } from "../../src/render/seriesPage";
import type { HostMessage, PageMessage, PageState } from "../../src/webview/protocol";
import { root } from "../host/paths";
import { themes, type ThemeName } from "./pageThemes";

const origin = "https://page.test";
const files: Readonly<Record<string, readonly [string, string]>> = {
  "/page.js": ["dist/webview/page.js", "text/javascript"],
  "/codicon.css": ["dist/webview/codicon.css", "text/css"],
  "/codicon.ttf": ["dist/webview/codicon.ttf", "font/ttf"],
  "/page.css": ["media/page.css", "text/css"],
};

export interface PageOptions {
  readonly theme?: ThemeName;
  readonly present?: Readonly<Record<string, boolean>>;
  /** What a page before has kept. */
  readonly state?: PageState;
  readonly revision?: number;
  readonly patch?: number;
  /** Milliseconds the extension takes for a diff. */
  readonly delay?: number;
  /** Presses `n` every few milliseconds until it is handled. */
  readonly impatient?: boolean;
}

/** What the stand-in writes down while the page runs. */
interface PageRecord {
  readonly sent: PageMessage[];
  readonly violations: string[];
  state: PageState | undefined;
  /** When the first key was handled, in milliseconds from the start of the navigation. */
  firstKey: number | undefined;
  /** By `revision/patch`; given once the page is there, so that their bulk does not delay it. */
  diffs: Readonly<Record<string, readonly PageFileDiff[]>> | undefined;
}

declare global {
  // Set in the page before its script runs.
  var record: PageRecord;
}

interface Script {
  readonly series: Extract<HostMessage, { type: "series" }>;
  readonly present: Readonly<Record<string, boolean>>;
  readonly state: PageState | null;
  readonly delay: number;
  readonly impatient: boolean;
  readonly bodyClass: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** The diffs of the files of a patch. Tests make well-formed diffs, so cutting at `diff --git` is enough here. */
export function fileDiffs(diff: string): PageFileDiff[] {
  const texts = diff.split(/^(?=diff --git )/m).filter(Boolean);
  return texts.map((text) => ({ path: /^\+\+\+ b\/(.*)$/m.exec(text)?.[1] ?? /^--- a\/(.*)$/m.exec(text)?.[1] ?? "", text }));
}

function allDiffs(series: Series): Record<string, PageFileDiff[]> {
  const diffs: Record<string, PageFileDiff[]> = {};
  series.revisions.forEach(({ patches }, revision) => {
    patches.forEach(({ diff }, patch) => (diffs[`${revision}/${patch}`] = fileDiffs(diff ?? "")));
  });
  return diffs;
}

function script(series: Series, options: PageOptions): Script {
  const theme = themes[options.theme ?? "dark"];
  const fonts = {
    "--vscode-font-family": '"DejaVu Sans", sans-serif',
    "--vscode-font-size": "13px",
    "--vscode-editor-font-family": '"DejaVu Sans Mono", monospace',
    "--vscode-editor-font-size": "12px",
  };
  return {
    series: { type: "series", series: pageSeries(series), revision: options.revision ?? null, patch: options.patch ?? null },
    present: options.present ?? {},
    state: options.state ?? null,
    delay: options.delay ?? 0,
    impatient: options.impatient ?? false,
    bodyClass: theme.bodyClass,
    variables: { ...theme.colors, ...fonts },
  };
}

/** Runs in the page before anything of it: what VS Code would have put there. */
function standIn({ series, present, state, delay, impatient, bodyClass, variables }: Script): void {
  globalThis.record = { sent: [], violations: [], state: state ?? undefined, firstKey: undefined, diffs: undefined };
  const post = (message: unknown): void => {
    window.postMessage(message, "*");
  };
  const answer = (message: PageMessage): void => {
    if (message.type === "ready") {
      post(series);
      post({ type: "files", present });
    } else if (message.type === "requestDiff") {
      const { revision, patch } = message;
      const { diffs } = globalThis.record;
      if (diffs)
        setTimeout(() => post({ type: "diff", revision, patch, files: diffs[`${revision}/${patch}`] ?? [], problem: null }), delay);
      else setTimeout(() => answer(message), 10);
    }
  };
  Object.assign(globalThis, {
    acquireVsCodeApi: () => ({
      postMessage(message: PageMessage) {
        globalThis.record.sent.push(message);
        answer(message);
      },
      getState: () => globalThis.record.state,
      setState: (kept: PageState) => (globalThis.record.state = kept),
    }),
  });
  const press = (): void => {
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "n" }));
    if (document.activeElement?.matches("summary")) globalThis.record.firstKey = performance.now();
    else setTimeout(press, 4);
  };
  if (impatient) press();
  document.addEventListener("securitypolicyviolation", (event) =>
    globalThis.record.violations.push(`${event.violatedDirective} ${event.blockedURI}`),
  );
  document.addEventListener("DOMContentLoaded", () => {
    document.body.className = bodyClass;
    for (const [name, value] of Object.entries(variables)) document.documentElement.style.setProperty(name, value);
  });
}

/** Opens the page of a series. */
export async function openSeriesPage(context: BrowserContext, series: Series, options: PageOptions = {}): Promise<Page> {
  const page = await context.newPage();
  const nonce = "bm9uY2U";
  const styleUris = [`${origin}/codicon.css`, `${origin}/page.css`];
  const html = pageHtml({ cspSource: origin, nonce, scriptUri: `${origin}/page.js`, styleUris, title: series.title });
  await page.route("**/*", async (route) => {
    const { pathname, origin: from } = new URL(route.request().url());
    const [file, contentType] = files[pathname] ?? [];
    if (from === origin && pathname === "/") await route.fulfill({ contentType: "text/html", body: html });
    else if (from === origin && file !== undefined && contentType !== undefined) {
      await route.fulfill({ contentType, headers: { "access-control-allow-origin": "*" }, body: await readFile(path.join(root, file)) });
    } else await route.abort();
  });
  await page.addInitScript(standIn, script(series, options));
  await page.goto(`${origin}/`);
  await page.locator("main").waitFor();
  await page.evaluate((diffs) => (globalThis.record.diffs = diffs), allDiffs(series));
  return page;
}

/** What the page asked of the extension so far. */
export function sentMessages(page: Page): Promise<PageMessage[]> {
  return page.evaluate(() => globalThis.record.sent);
}

/** What the page has kept for a reload. */
export function keptState(page: Page): Promise<PageState | undefined> {
  return page.evaluate(() => globalThis.record.state);
}

/** Sends the page a message, as the extension would. */
export async function postMessage(page: Page, message: HostMessage): Promise<void> {
  await page.evaluate((data) => {
    window.postMessage(data, "*");
    return new Promise((resolve) => setTimeout(resolve, 30));
  }, message);
}
