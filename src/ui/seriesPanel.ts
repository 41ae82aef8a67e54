/** The series page: one webview panel for each series, restored after a reload. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { HumanError } from "../core/humanError";
import { mailIdsOf } from "../core/series/revisionTexts";
import { newestRevision, type Revision, type Series } from "../core/series/series";
import { isShortened } from "../core/series/treePaths";
import type { MovedFiles } from "../engines/movedFiles";
import type { OpenTrees } from "../engines/openTrees";
import type { PageInFront } from "../engines/seriesPages";
import type { Library } from "../library/library";
import type { LoadedMails } from "../library/loadedMails";
import { pageApplies } from "../render/applies";
import { mailUrl } from "../render/archiveLinks";
import { relatedSeries } from "../render/collisions";
import { titleText } from "../render/labels";
import { pageHtml } from "../render/seriesPage";
import { pageSeries } from "../shared/pageSeries";
import {
  type HostMessage,
  type PageAction,
  pageActions,
  type PageMessage,
  parsePageMessage,
  parsePageState,
  parseState,
} from "../shared/protocol";
import type { ApplyStates, FoundBase, SeriesNeeds } from "./applyStates";
import { registerCommand, setContext } from "./commands";
import { plainMessage } from "./markdown";
import {
  answerPage,
  type RelatedParts,
  type RelatedProofParts,
  RelatedProofs,
  relationsOf,
  type SentSeries,
  textsAtHand,
} from "./pageAnswers";
import { registerPatchDocuments } from "./patchDocuments";
import { pickSeries, seriesFor } from "./seriesPick";
import { readSettings } from "./settings";
import type { Arrivals, Followed } from "../engines/unread";

const viewType = "kvmSeries.page";

export interface SeriesPanelParts extends RelatedParts, RelatedProofParts {
  readonly library: Library;
  readonly front: PageInFront;
  readonly followed: Followed;
  readonly arrivals: Arrivals;
  readonly trees: OpenTrees;
  readonly moved: MovedFiles;
  readonly mails: LoadedMails;
  readonly applies: ApplyStates;
  readonly needs: SeriesNeeds;
  readonly log: vscode.LogOutputChannel;
  readonly engine: RelatedParts["engine"] & RelatedProofParts["engine"];
  readonly extensionUri: vscode.Uri;
}

interface Page {
  readonly panel: vscode.WebviewPanel;
  /** The id it was opened with; the series may have got another one since. */
  readonly id: string;
  /** Where it shall go to once its script runs. */
  target: { revision: number | null; patch: number | null };
  show(): void;
  /** Says whether the series applies, where that has changed since it was said. */
  showApplies(): void;
}

export function registerSeriesPanel(parts: SeriesPanelParts): vscode.Disposable {
  const { library, front, followed, arrivals, trees, moved, mails, applies, needs, log, extensionUri } = parts;
  const pages = new Set<Page>();
  /** States of what pages show are numbered over all of them. */
  let lastState = 0;
  const roots = [vscode.Uri.joinPath(extensionUri, "dist", "webview"), vscode.Uri.joinPath(extensionUri, "media")];
  const webviewOptions = { enableScripts: true, localResourceRoots: roots };

  const adopt = (panel: vscode.WebviewPanel, id: string): Page => {
    const { webview } = panel;
    webview.options = webviewOptions;
    panel.iconPath = new vscode.ThemeIcon("git-pull-request");
    let ready = false;
    /** The place of the revision the person looks at. */
    let shown: number | null = null;
    let sent: SentSeries | null = null;
    /** What was sent, to know whether it changed. */
    let sentText = "";
    const post = (message: HostMessage): void => void webview.postMessage(message);
    let saidApplies = "";
    let bases: readonly FoundBase[] = [];
    const relatedProofs = new RelatedProofs(parts);
    const page: Page = {
      panel,
      id,
      target: { revision: null, patch: null },
      show() {
        if (!ready || (!library.synced && library.series.length === 0)) return;
        const series = library.find(id);
        if (!series) {
          sent = null;
          post({ type: "problem", message: "This series is no longer in any source. Sync, or add the digest it came from." });
          return;
        }
        panel.title = shortTitle(series);
        const text = JSON.stringify(pageSeries(series));
        const state = sent && text === sentText ? sent.state : ++lastState;
        sent = { state, series };
        sentText = text;
        const withTexts = pageSeries(series, (revision) => textsAtHand(revision, mails));
        post({ type: "series", state, series: withTexts, ...page.target });
        page.target = { revision: null, patch: null };
        post({ type: "files", present: presentPaths(series, trees, moved) });
        saidApplies = "";
        page.showApplies();
        void tellBases(series, state);
        void tellRelated(series, state);
        void followed.markRead([series]);
        void arrivals.markRead([series]);
      },
      showApplies() {
        if (!sent) return;
        const { series } = sent;
        const urlOf = (messageId: string): string => mailUrl(messageId, readSettings().listUrl);
        const said = pageApplies(applies.of(series), newestRevision(series).expected, needs.dependencies(series), { bases, urlOf });
        const text = JSON.stringify(said);
        if (text === saidApplies) return;
        saidApplies = text;
        post({ type: "applies", applies: said });
      },
    };
    /** Says what it is based on once git has been asked whether that is there. */
    const tellBases = async (series: Series, state: number): Promise<void> => {
      try {
        const found = (await needs.bases([series])).get(series) ?? [];
        if (sent?.state !== state) return;
        bases = found;
        page.showApplies();
      } catch (error) {
        log.warn(error instanceof Error ? error.message : String(error));
      }
    };
    /** Tells the page of other series on the same lines; what was found for an older state is dropped. */
    const tellRelated = async (series: Series, state: number): Promise<void> => {
      try {
        for await (const relations of relationsOf(series, parts)) {
          if (sent?.state !== state) return;
          post({ type: "related", state, related: relatedSeries(relations) });
        }
      } catch (error) {
        log.warn(error instanceof Error ? error.message : String(error));
      }
    };
    const receive = async (message: PageMessage, state: number | null): Promise<void> => {
      if (message.type === "ready") {
        ready = true;
        page.show();
        return;
      }
      if (message.type === "find") {
        await vscode.commands.executeCommand("editor.action.webvieweditor.showFind");
        return;
      }
      if (message.type === "openSeries") {
        await vscode.commands.executeCommand("kvmSeries.openPage", message.id);
        return;
      }
      // Places of an older state may mean something else by now; the page asks again once it has the new one.
      if (sent?.state !== state) return;
      if (message.type === "selectRevision") {
        shown = message.revision;
        if (panel.active) front.show({ id, revision: shown });
      }
      if (message.type === "proveConflict") {
        const { state: asked, series } = sent;
        post({ type: "proof", state: asked, id: message.id, proof: await relatedProofs.prove(series, message.id) });
        return;
      }
      if (message.type === "openConflict") return relatedProofs.open(sent.series, message.id);
      const answer = await answerPage(message, sent, { moved, mails });
      if (answer && "state" in answer && answer.state === sent.state) post(answer);
    };
    pages.add(page);
    const noteActive = (): void => {
      setContext("pageActive", panel.active);
      if (panel.active) front.show({ id, revision: shown });
      else front.leave(id);
    };
    const subscriptions = vscode.Disposable.from(
      webview.onDidReceiveMessage((value: unknown) => {
        const message = parsePageMessage(value);
        if (!message) return;
        receive(message, parseState(value)).catch((error: unknown) => {
          log.error(error instanceof Error ? error : String(error));
          if (error instanceof HumanError) void vscode.window.showWarningMessage(plainMessage(error.message));
        });
      }),
      panel.onDidChangeViewState(noteActive),
    );
    noteActive();
    panel.onDidDispose(() => {
      pages.delete(page);
      front.leave(id);
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
    // To open a series is to open another one than that in front.
    const series =
      argument === undefined
        ? await pickSeries(library.series, "KVM Series: Open Series")
        : await seriesFor(argument, { library, front }, "KVM Series: Open Series");
    if (!series) return;
    const target = { revision: typeof revision === "number" ? revision : null, patch: typeof patch === "number" ? patch : null };
    const known = [...pages].find((page) => library.find(page.id)?.id === series.id);
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
    prepare(series.revisions[target.revision ?? -1] ?? newestRevision(series));
  };

  /** Reads the mails of a revision while the page starts, so that it shows their texts at once. */
  const prepare = (revision: Revision): void => {
    mails.mails(mailIdsOf(revision)).catch((error: unknown) => {
      // The page asks once more and says why they could not be read.
      log.warn(error instanceof Error ? error.message : String(error));
    });
  };

  const showAll = (): void => {
    for (const page of pages) page.show();
  };
  const run = (action: PageAction): void => {
    const active = [...pages].find(({ panel }) => panel.active);
    void active?.panel.webview.postMessage({ type: "run", action } satisfies HostMessage);
  };

  return vscode.Disposable.from(
    registerPatchDocuments(mails),
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
    moved.onDidChange(showAll),
    applies.onDidChange(() => {
      for (const page of pages) page.showApplies();
    }),
    {
      dispose() {
        for (const { panel } of [...pages]) panel.dispose();
      },
    },
  );
}

function presentPaths(series: Series, trees: OpenTrees, moved: MovedFiles): Record<string, boolean> {
  if (trees.trees.length === 0) return {};
  const paths = new Set(series.revisions.flatMap(({ files }) => files));
  return Object.fromEntries([...paths].map((path) => [path, !isShortened(path) && moved.find(series, path) !== null]));
}

function shortTitle(series: Series): string {
  const title = titleText(series.title);
  return `v${newestRevision(series).version} ${title.length > 40 ? `${title.slice(0, 40)}…` : title}`;
}
