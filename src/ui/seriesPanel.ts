/** The series page: one webview panel for each series, restored after a reload. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { HumanError, humanMessage } from "../core/humanError";
import { mailIdsOf } from "../core/series/revisionTexts";
import { newestRevision, type Revision, type Series } from "../core/series/series";
import { seriesStatus } from "../core/series/status";
import { isShortened } from "../core/series/treePaths";
import type { ApplyStates } from "../engines/applyStates";
import type { Clashes } from "../engines/clashes";
import type { LandedStates } from "../engines/landedStates";
import type { MovedFiles } from "../engines/movedFiles";
import type { OpenTrees } from "../engines/openTrees";
import { type Disposable, inBackground } from "../engines/ports";
import { type ConflictPorts, type ProvedConflict, relationsOf, type RelationsPorts, SeriesConflicts } from "../engines/relatedSeries";
import type { FoundBase, SeriesNeeds } from "../engines/seriesNeeds";
import { type PageInFront, type SeriesPage, SeriesPages } from "../engines/seriesPages";
import { urlOfSeriesList } from "../engines/settings";
import type { Arrivals, Followed } from "../engines/unread";
import type { Library } from "../library/library";
import type { LoadedMails } from "../library/loadedMails";
import { pageApplies } from "../render/applies";
import { mailUrl } from "../render/archiveLinks";
import { pageClashes } from "../render/clashes";
import { relatedDocument, relatedProof, relatedSeries } from "../render/collisions";
import { revisionName, titleText } from "../render/labels";
import { pageLanding } from "../render/pageLanding";
import { pageHtml } from "../render/seriesPage";
import { pageSeries } from "../shared/pageSeries";
import {
  type HostMessage,
  type PageAction,
  type PageMessage,
  parsePageMessage,
  parsePageState,
  parseState,
  type RelatedProof,
} from "../shared/protocol";
import type { ProofDocuments } from "./collisions";
import { setContext, warn } from "./commands";
import { showCommit } from "./commitDocuments";
import { answerPage, type LoadComments, textsAtHand } from "./pageAnswers";
import { pickSeries, seriesFor } from "./seriesPick";
import { readSettings } from "./settings";
import { gitOfWindow } from "./workspace";

export interface SeriesPanelParts {
  readonly library: Library;
  readonly front: PageInFront;
  readonly followed: Followed;
  readonly arrivals: Arrivals;
  readonly trees: OpenTrees;
  readonly moved: MovedFiles;
  readonly mails: LoadedMails;
  readonly applies: ApplyStates;
  readonly landed: LandedStates;
  readonly needs: SeriesNeeds;
  readonly clashes: Clashes;
  readonly log: vscode.LogOutputChannel;
  readonly proofs: ProofDocuments;
  readonly comments: LoadComments;
  readonly engine: RelationsPorts["engine"] & ConflictPorts["engine"];
  readonly extensionUri: vscode.Uri;
}

type Page = SeriesPage<HostMessage, FoundBase>;

/** The pages that are open, and what commands do with them. */
export interface SeriesPanels extends Disposable {
  /** Opens the page of a series, or comes back to it; asks which series if the argument names none. */
  open(argument: unknown, revision: unknown, patch: unknown): Promise<void>;
  /** Fills a panel that VS Code brings back. */
  restore(panel: vscode.WebviewPanel, state: unknown): void;
  /** Has the page in front do something. */
  run(action: PageAction): Promise<void>;
}

/** @param viewType of the panels, as in the manifest */
export function seriesPanels(parts: SeriesPanelParts, viewType: string): SeriesPanels {
  const { library, front, followed, arrivals, trees, moved, mails, applies, landed, needs, clashes, log, extensionUri } = parts;
  const pages = new SeriesPages<HostMessage, FoundBase>({
    library,
    front,
    unread: [followed, arrivals],
    messages: {
      contentsOf: (series) => JSON.stringify(pageSeries(series)),
      series: ({ state, series }, target) => [
        { type: "series", state, series: pageSeries(series, (revision) => textsAtHand(revision, mails)), ...target },
        { type: "files", present: presentPaths(series, trees, moved) },
      ],
      gone: () => ({ type: "problem", message: "This series is no longer in any source. Sync, or add the digest it came from." }),
      applies: (series, bases) => {
        const urlOf = (messageId: string): string => mailUrl(messageId, urlOfSeriesList(series, readSettings().listUrls));
        const { expected } = newestRevision(series);
        return {
          type: "applies",
          applies: pageApplies(applies.of(series), expected, needs.dependencies(series), { bases, urlOf }),
          landing: pageLanding(series, landed.of(series) ?? seriesStatus(series, null, library.now)),
        };
      },
      related: ({ state }, relations) => ({ type: "related", state, related: relatedSeries(relations) }),
      clashes: (series, found) => ({ type: "clashes", clashes: pageClashes(series, found) }),
    },
    basesOf: async (series) => (await needs.bases([series])).get(series) ?? [],
    relationsOf: (series) => relationsOf(series, { ...parts, git: gitOfWindow }),
    clashesOf: (series) => clashes.of(series),
    log,
  });
  const panels = new Map<Page, vscode.WebviewPanel>();
  const roots = [vscode.Uri.joinPath(extensionUri, "dist", "webview"), vscode.Uri.joinPath(extensionUri, "media")];
  const webviewOptions = { enableScripts: true, localResourceRoots: roots };

  const adopt = (panel: vscode.WebviewPanel, id: string): Page => {
    const { webview } = panel;
    webview.options = webviewOptions;
    panel.iconPath = new vscode.ThemeIcon("git-pull-request");
    const conflicts = new SeriesConflicts({ ...parts, git: gitOfWindow, nameOf });
    const post = (message: HostMessage): void => inBackground(log, async () => webview.postMessage(message));
    const page = pages.add(id, {
      get isVisible() {
        return panel.visible;
      },
      get isActive() {
        return panel.active;
      },
      showTitle: (series) => {
        panel.title = shortTitle(series);
      },
      post,
    });
    const receive = async (message: PageMessage, state: number | null): Promise<void> => {
      if (message.type === "ready") {
        page.ready();
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
      // The page asks again once it has the current state.
      const sent = page.sentIn(state);
      if (!sent) return;
      if (message.type === "showCommit") {
        await showCommit(landed.of(sent.series), message.commit);
        return;
      }
      if (message.type === "selectRevision") page.select(message.revision);
      if (message.type === "proveConflict") {
        post({ type: "proof", state: sent.state, id: message.id, proof: await proofOf(conflicts, sent.series, message.id, log) });
        return;
      }
      if (message.type === "openConflict") {
        await openConflict(sent.series, conflicts.proved(message.id), parts.proofs);
        return;
      }
      const answer = await answerPage(message, sent, parts);
      if (answer && "state" in answer && page.sentIn(answer.state)) post(answer);
    };
    const subscriptions = vscode.Disposable.from(
      webview.onDidReceiveMessage((value: unknown) => {
        const message = parsePageMessage(value);
        if (!message) return;
        const refused = (error: unknown): void => {
          if (error instanceof HumanError) warn(log, error.message);
        };
        inBackground(log, () => receive(message, parseState(value)), refused);
      }),
      panel.onDidChangeViewState(() => {
        page.viewChanged();
        showActive();
      }),
    );
    panels.set(page, panel);
    showActive();
    panel.onDidDispose(() => {
      panels.delete(page);
      pages.remove(page);
      subscriptions.dispose();
      showActive();
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
  const showActive = (): void => setContext("pageActive", pages.active !== null);

  const open = async (argument: unknown, revision: unknown, patch: unknown): Promise<void> => {
    // The command opens a series other than the one in front.
    const series =
      argument === undefined
        ? await pickSeries(library.series, "KVM Series: Open Series")
        : await seriesFor(argument, { library, front }, "KVM Series: Open Series");
    if (!series) return;
    const target = { revision: typeof revision === "number" ? revision : null, patch: typeof patch === "number" ? patch : null };
    const known = pages.pageOf(series);
    if (known) {
      known.goTo(target);
      panels.get(known)?.reveal();
      known.show();
      return;
    }
    const panel = vscode.window.createWebviewPanel(viewType, shortTitle(series), vscode.ViewColumn.Active, {
      ...webviewOptions,
      enableFindWidget: true,
    });
    adopt(panel, series.id).goTo(target);
    prepare(series.revisions[target.revision ?? -1] ?? newestRevision(series));
  };

  /** Reads the mails of a revision while the page starts, so that the page shows their texts at once. */
  const prepare = (revision: Revision): void => {
    // After a failure the page asks again and shows the reason.
    inBackground(log, () => mails.mails(mailIdsOf(revision)));
  };

  const showAll = (): void => pages.showAll();
  const run = async (action: PageAction): Promise<void> => {
    const { active } = pages;
    if (active) await panels.get(active)?.webview.postMessage({ type: "run", action } satisfies HostMessage);
  };

  const following = vscode.Disposable.from(
    library.onDidChange(showAll),
    trees.onDidChange(showAll),
    moved.onDidChange(showAll),
    applies.onDidChange(() => pages.showApplies()),
    clashes.onDidChange(() => pages.showClashes()),
    landed.onDidChange(() => pages.showApplies()),
  );
  return {
    open,
    restore(panel, state) {
      const kept = parsePageState(state);
      if (kept) adopt(panel, kept.seriesId);
      else panel.dispose();
    },
    run,
    dispose() {
      following.dispose();
      for (const panel of [...panels.values()]) panel.dispose();
    },
  };
}

/** The answer to the page about a merge; an error is an answer too. */
async function proofOf(conflicts: SeriesConflicts, series: Series, id: string, log: vscode.LogOutputChannel): Promise<RelatedProof> {
  try {
    return relatedProof(await conflicts.prove(series, id));
  } catch (error) {
    log.warn(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return { kind: "problem", text: humanMessage(error), place: null };
  }
}

/** Shows a conflict in a document of its own. */
async function openConflict(series: Series, { other, proof }: ProvedConflict, proofs: ProofDocuments): Promise<void> {
  const text = relatedDocument(series, other, proof);
  const line = text.split("\n").findIndex((one) => one.startsWith("<<<<<<< "));
  await proofs.open(titleText(other.title), text, Math.max(0, line));
}

function nameOf(series: Series): string {
  return `${titleText(series.title)} ${revisionName(newestRevision(series))}`;
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
