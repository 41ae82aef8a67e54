/**
 * The real series page (its built script and styles) in plain Chromium, with a stand-in for the extension that answers as
 * the protocol says, and the variables that VS Code sets for a theme.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { compareEach } from "../../src/core/compare/compareRevisions";
import { type PatchMatrix, patchMatrix } from "../../src/core/compare/patchMatrix";
import { mailIdsOf } from "../../src/core/series/revisionTexts";
import type { PatchFile } from "../../src/core/diff/patchFiles";
import { mailIdsToCompare, revisionsToCompare, withOlderReviews } from "../../src/core/compare/olderReviews";
import type { Series } from "../../src/core/series/series";
import { finished } from "../../src/core/steps";
import { pageHtml } from "../../src/render/seriesPage";
import { type PatchReviews, pageSeries } from "../../src/shared/pageSeries";
import type { HostMessage, PageMessage, PageState } from "../../src/shared/protocol";
import { root } from "../host/paths";
import { answersOf, type MailBytes, readMails, type RevisionAnswers } from "./pageArchive";
import { type ThemeName, themes } from "./pageThemes";

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
  /** Milliseconds the extension takes for an answer. */
  readonly delay?: number;
  /** The extension holds its answers back until `isHeld` of the record is false. */
  readonly isHeld?: boolean;
  /** The mails of the archive; those of the series that are absent are gone. */
  readonly mails?: MailBytes;
  /** Presses `n` every few milliseconds until it is handled. */
  readonly impatient?: boolean;
}

interface PageAnswers extends RevisionAnswers {
  readonly reviews: readonly PatchReviews[];
}

/** What the stand-in writes down while the page runs. */
interface PageRecord {
  readonly sent: PageMessage[];
  readonly violations: string[];
  state: PageState | undefined;
  /** When the first key was handled, in milliseconds from the start of the navigation. */
  firstKey: number | undefined;
  /** Names the state of the series in what it is sent. */
  current: number | null;
  isHeld: boolean;
  /** By revision; given once the page is there, so that their bulk does not delay it. */
  answers: readonly PageAnswers[] | undefined;
  matrix: PatchMatrix | undefined;
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
  readonly isHeld: boolean;
  readonly impatient: boolean;
  readonly bodyClass: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** The diffs of the files of a patch. Tests make well-formed diffs, so cutting at `diff --git` is enough here. */
export function fileDiffs(diff: string): PatchFile[] {
  const texts = diff.split(/^(?=diff --git )/m).filter(Boolean);
  return texts.map((text) => ({ path: /^\+\+\+ b\/(.*)$/m.exec(text)?.[1] ?? /^--- a\/(.*)$/m.exec(text)?.[1] ?? "", text }));
}

function allAnswers(series: Series, mails: MailBytes | undefined): PageAnswers[] {
  return series.revisions.map((revision, at) => {
    if (mails && revision.posted) return { ...answersOf(revision, mails), reviews: reviewsOf(series, at, mails) };
    const { cover, patches } = revision;
    const texts = { cover: cover?.body ?? null, messages: patches.map(({ message }) => message) };
    return { texts, diffs: patches.map(({ diff }) => fileDiffs(diff ?? "")), replies: [], comments: [], counts: [], reviews: [] };
  });
}

function reviewsOf({ revisions }: Series, at: number, mails: MailBytes): readonly PatchReviews[] {
  const compared = revisionsToCompare(revisions, at);
  const [revision] = revisions.slice(at);
  if (!revision || compared.length === 0) return [];
  const read = readMails(mailIdsToCompare(revision, compared), mails);
  return finished(withOlderReviews(revision, compared, read)).patches.map(({ trailers, former }) => ({
    trailers,
    ...(former ? { former } : {}),
  }));
}

function matrixOf({ revisions }: Series, mails: MailBytes = new Map()): PatchMatrix {
  return patchMatrix(finished(compareEach(revisions, readMails(revisions.flatMap(mailIdsOf), mails))));
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
    series: { type: "series", state: 1, series: pageSeries(series), revision: options.revision ?? null, patch: options.patch ?? null },
    present: options.present ?? {},
    state: options.state ?? null,
    delay: options.delay ?? 0,
    isHeld: options.isHeld ?? false,
    impatient: options.impatient ?? false,
    bodyClass: theme.bodyClass,
    variables: { ...theme.colors, ...fonts },
  };
}

/** Runs in the page before anything of it: what VS Code would have put there. */
function standIn({ series, present, state, delay, isHeld, impatient, bodyClass, variables }: Script): void {
  globalThis.record = {
    sent: [],
    violations: [],
    state: state ?? undefined,
    firstKey: undefined,
    current: null,
    isHeld,
    answers: undefined,
    matrix: undefined,
  };
  const post = (message: unknown): void => {
    window.postMessage(message, "*");
  };
  const gone = "This mail is no longer in the archive; it may still be in the list's archive online.";
  const answer = (message: PageMessage, about: number | null): void => {
    if (message.type === "ready") {
      post(series);
      post({ type: "files", present });
      return;
    }
    if (message.type === "requestComparison") {
      setTimeout(() => post({ type: "comparison", state: about, matrix: globalThis.record.matrix, problem: null }), delay);
      return;
    }
    if (!("revision" in message) || !message.type.startsWith("request")) return;
    const { answers } = globalThis.record;
    if (!answers) {
      setTimeout(() => answer(message, about), 10);
      return;
    }
    const { revision } = message;
    const known = answers[revision];
    const reply = { state: about, revision, problem: null };
    const late = (given: unknown): void =>
      void setTimeout(() => (globalThis.record.isHeld ? setTimeout(() => late(given), 10) : post(given)), delay);
    if (message.type === "requestTexts") late({ type: "texts", ...reply, texts: known?.texts });
    else if (message.type === "requestReviews") late({ type: "reviews", ...reply, patches: known?.reviews });
    else if (message.type === "requestReplies")
      late({ type: "replies", ...reply, replies: message.replies.map((at) => known?.replies[at] ?? { reply: at, text: null }) });
    else if (message.type === "requestComments")
      late({ type: "comments", ...reply, patch: message.patch, comments: known?.comments[message.patch] ?? [] });
    else if (message.type === "requestCommentCounts") late({ type: "commentCounts", ...reply, counts: known?.counts ?? [] });
    else if (message.type === "requestDiff") {
      const diff = known?.diffs[message.patch] ?? null;
      late({ type: "diff", ...reply, patch: message.patch, files: diff ?? [], problem: diff === null ? gone : null });
    }
  };
  Object.assign(globalThis, {
    acquireVsCodeApi: () => ({
      postMessage({ state: about, ...message }: PageMessage & { state: number | null }) {
        globalThis.record.sent.push(message);
        globalThis.record.current = about;
        answer(message, about);
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
  // VS Code sets the theme before the page's script runs; to set it later is to lay the page out twice.
  const dress = (_: unknown, observer: MutationObserver): void => {
    if (!(document.body as HTMLElement | null)) return;
    observer.disconnect();
    document.body.className = bodyClass;
    for (const [name, value] of Object.entries(variables)) document.documentElement.style.setProperty(name, value);
  };
  new MutationObserver(dress).observe(document, { childList: true, subtree: true });
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
  const answers = { answers: allAnswers(series, options.mails), matrix: matrixOf(series, options.mails) };
  await page.evaluate((known) => Object.assign(globalThis.record, known), answers);
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
  await page.evaluate(
    (data) =>
      new Promise<void>((resolve) => {
        const mark = Math.random();
        // The page's own listener was there first, so it has dealt with the message by then; what it draws is painted in the next frame.
        const heard = (event: MessageEvent<{ mark?: number }>): void => {
          if (event.data.mark !== mark) return;
          window.removeEventListener("message", heard);
          requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
        };
        window.addEventListener("message", heard);
        window.postMessage({ ...data, mark }, "*");
      }),
    message,
  );
}
