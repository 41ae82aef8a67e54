/** The series page: one webview panel for each series, restored after a reload. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { HumanError } from "../core/humanError";
import { newestRevision, type Patch, type Revision, type Series } from "../core/series";
import { isShortened } from "../core/tree";
import { projectOfSeries, type Library } from "../index/library";
import { archiveUrl, b4Command } from "../render/copyTexts";
import { titleText } from "../render/labels";
import { pageSeries } from "../render/pageSeries";
import { pageHtml } from "../render/seriesPage";
import { pageActions, parsePageMessage, parsePageState, type HostMessage, type PageAction, type PageMessage } from "../webview/protocol";
import { plainMessage, registerCommand, setContext } from "./commands";
import type { Followed } from "./followed";
import { withoutIcons } from "./markdown";
import type { OpenTrees } from "./openTrees";
import { seriesFor } from "./seriesPick";
import { readSettings } from "./settings";

const viewType = "kvmSeries.page";

export interface SeriesPanelParts {
  readonly library: Library;
  readonly followed: Followed;
  readonly trees: OpenTrees;
  readonly log: vscode.LogOutputChannel;
  readonly extensionUri: vscode.Uri;
}

interface Page {
  readonly panel: vscode.WebviewPanel;
  /** The id it was opened with; the series may have got another one since. */
  readonly id: string;
  /** Where it shall go to once its script runs. */
  target: { revision: number | null; patch: number | null };
  show(): void;
}

export function registerSeriesPanel(parts: SeriesPanelParts): vscode.Disposable {
  const { library, followed, trees, log, extensionUri } = parts;
  const pages = new Set<Page>();
  const roots = [vscode.Uri.joinPath(extensionUri, "dist", "webview"), vscode.Uri.joinPath(extensionUri, "media")];
  const webviewOptions = { enableScripts: true, localResourceRoots: roots };

  const adopt = (panel: vscode.WebviewPanel, id: string): Page => {
    const { webview } = panel;
    webview.options = webviewOptions;
    panel.iconPath = new vscode.ThemeIcon("git-pull-request");
    let ready = false;
    const post = (message: HostMessage): void => void webview.postMessage(message);
    const page: Page = {
      panel,
      id,
      target: { revision: null, patch: null },
      show() {
        if (!ready || (!library.synced && library.series.length === 0)) return;
        const series = library.find(id);
        if (!series) {
          post({ type: "problem", message: "This series is in no source any more; sync, or add the digest it came from." });
          return;
        }
        panel.title = shortTitle(series);
        post({ type: "series", series: pageSeries(series), ...page.target });
        page.target = { revision: null, patch: null };
        post({ type: "files", present: presentPaths(series, trees) });
        void followed.markRead([series]);
      },
    };
    const receive = async (message: PageMessage): Promise<void> => {
      if (message.type === "ready") {
        ready = true;
        page.show();
        return;
      }
      if (message.type === "find") {
        await vscode.commands.executeCommand("editor.action.webvieweditor.showFind");
        return;
      }
      const series = library.find(id);
      if (series) await answer(message, series, post, trees);
    };
    pages.add(page);
    const subscriptions = vscode.Disposable.from(
      webview.onDidReceiveMessage((value: unknown) => {
        const message = parsePageMessage(value);
        if (!message) return;
        receive(message).catch((error: unknown) => {
          log.error(error instanceof Error ? error : String(error));
          if (error instanceof HumanError) void vscode.window.showWarningMessage(plainMessage(error.message));
        });
      }),
      panel.onDidChangeViewState(() => setContext("pageActive", panel.active)),
    );
    panel.onDidDispose(() => {
      pages.delete(page);
      subscriptions.dispose();
      setContext("pageActive", false);
    });
    const resource = (...path: string[]): string => webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, ...path)).toString();
    webview.html = pageHtml({
      cspSource: webview.cspSource,
      nonce: randomBytes(16).toString("hex"),
      scriptUri: resource("dist", "webview", "page.js"),
      styleUris: [resource("dist", "webview", "codicon.css"), resource("media", "page.css")],
      title: panel.title,
    });
    return page;
  };

  const open = async (argument: unknown, revision: unknown, patch: unknown): Promise<void> => {
    const series = await seriesFor(argument, library, "KVM Series: Open Series");
    if (!series) return;
    const target = { revision: typeof revision === "number" ? revision : null, patch: typeof patch === "number" ? patch : null };
    const known = [...pages].find((page) => library.find(page.id) === series);
    if (known) {
      known.target = target;
      known.panel.reveal();
      known.show();
      return;
    }
    const panel = vscode.window.createWebviewPanel(viewType, shortTitle(series), vscode.ViewColumn.Active, {
      ...webviewOptions,
      enableFindWidget: true,
    });
    adopt(panel, series.id).target = target;
  };

  const showAll = (): void => {
    for (const page of pages) page.show();
  };
  const run = (action: PageAction): void => {
    const active = [...pages].find(({ panel }) => panel.active);
    void active?.panel.webview.postMessage({ type: "run", action } satisfies HostMessage);
  };

  return vscode.Disposable.from(
    registerCommand(log, "kvmSeries.openPage", open),
    registerCommand(log, "kvmSeries.openSeries", () => open(undefined, null, null)),
    ...pageActions.map((action) => registerCommand(log, `kvmSeries.page.${action}`, () => run(action))),
    vscode.window.registerWebviewPanelSerializer(viewType, {
      async deserializeWebviewPanel(panel, state: unknown) {
        const kept = parsePageState(state);
        if (kept) adopt(panel, kept.seriesId);
        else panel.dispose();
        return Promise.resolve();
      },
    }),
    library.onDidChange(showAll),
    trees.onDidChange(showAll),
    {
      dispose() {
        for (const { panel } of [...pages]) panel.dispose();
      },
    },
  );
}

async function answer(
  message: Exclude<PageMessage, { type: "ready" | "find" }>,
  series: Series,
  post: (message: HostMessage) => void,
  trees: OpenTrees,
): Promise<void> {
  switch (message.type) {
    case "openLink":
      await vscode.env.openExternal(vscode.Uri.parse(message.url, true));
      return;
    case "openFile": {
      const uri = trees.find(message.path, projectOfSeries(series));
      if (!uri) throw new HumanError(`${message.path} is not in the open tree; open the tree this series is for.`);
      const line = Math.max(0, (message.line ?? 1) - 1);
      await vscode.window.showTextDocument(uri, { selection: new vscode.Range(line, 0, line, 0) });
      return;
    }
    case "selectRevision":
      return;
    case "copy":
    case "openArchive":
      await answerAbout(message, series);
      return;
    default: {
      const revision = series.revisions[message.revision];
      if (!revision) return;
      const problem = "The digest has no diff of this patch.";
      if (message.type === "openDiff") throw new HumanError(problem);
      post({ type: "diff", revision: message.revision, patch: message.patch, files: [], problem });
    }
  }
}

async function answerAbout(message: Extract<PageMessage, { type: "openArchive" | "copy" }>, series: Series): Promise<void> {
  if (message.type === "copy" && message.what === "hunk") {
    await vscode.env.clipboard.writeText(message.text);
    return;
  }
  const revision = series.revisions[message.revision];
  if (!revision) return;
  const patch: Patch | null = "patch" in message && message.patch !== null ? (revision.patches[message.patch] ?? null) : null;
  const url = archiveUrl(series, revision, patch, readSettings().listUrl);
  if (message.type === "openArchive") {
    await vscode.env.openExternal(vscode.Uri.parse(url, true));
    return;
  }
  await copyText(message.what, series, revision, patch, url);
}

/** Puts something about a series on the clipboard, or says why it cannot. */
export async function copyText(
  what: "link" | "b4" | "messageId" | "patch" | "hunk",
  series: Series,
  revision: Revision,
  patch: Patch | null,
  url: string,
): Promise<void> {
  const messageId = patch ? patch.messageId : revision.messageId;
  const text =
    what === "link" ? url : what === "b4" ? b4Command(series, revision) : what === "messageId" ? messageId : (patch?.diff ?? null);
  if (text === null) {
    const missing = what === "patch" ? "the diff of this patch" : "Message-IDs";
    throw new HumanError(`A digest does not hold ${missing}; copy the link instead, which finds it in the list's archive.`);
  }
  await vscode.env.clipboard.writeText(text);
  vscode.window.setStatusBarMessage(`$(check) Copied ${withoutIcons(text.length > 60 ? `${text.slice(0, 60)}…` : text)}`, 3000);
}

function presentPaths(series: Series, trees: OpenTrees): Record<string, boolean> {
  if (trees.trees.length === 0) return {};
  const project = projectOfSeries(series);
  const paths = new Set(series.revisions.flatMap(({ files }) => files));
  return Object.fromEntries([...paths].map((path) => [path, !isShortened(path) && trees.find(path, project) !== null]));
}

function shortTitle(series: Series): string {
  const title = titleText(series.title);
  return `v${newestRevision(series).version} ${title.length > 40 ? `${title.slice(0, 40)}…` : title}`;
}
