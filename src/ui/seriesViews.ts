/** The two views of the sidebar: Series, grouped, sorted and filtered as the person likes, and This File, with the series that touch the active editor's file. */
import * as vscode from "vscode";
import type { Series } from "../core/series/series";
import { type MovedName, type Touch, touchesOfLines } from "../core/series/touches";
import type { ActiveFile } from "../engines/activeFile";
import type { ApplyStates } from "../engines/applyStates";
import type { Clashes } from "../engines/clashes";
import type { Collisions, LiveCollision } from "../engines/collisions";
import type { LandedStates } from "../engines/landedStates";
import type { MovedFiles } from "../engines/movedFiles";
import type { OpenTrees } from "../engines/openTrees";
import type { PendingChanges } from "../engines/pendingChanges";
import type { PageInFront } from "../engines/seriesPages";
import type { TreeFilter } from "../engines/treeFilter";
import type { Library } from "../library/library";
import { movedText, plural } from "../render/labels";
import {
  type Arrangement,
  childNodes,
  type GroupBy,
  groupings,
  rootNodes,
  rowOfSeries,
  seriesNodes,
  showingMore,
  type SortBy,
  sortings,
  type TreeNode,
} from "../render/treeNodes";
import type { SyncProgress } from "../engines/archives";
import { afterActivation, registerCommand, setContext } from "./commands";
import { seriesFor } from "./seriesPick";
import { resolveTooltip, treeItem } from "./treeItems";
import type { Arrivals, Followed } from "../engines/unread";
import { editorOf } from "./workspace";

const viewId = "kvmSeries.series";

export interface SeriesTreeParts {
  readonly library: Library;
  readonly filter: TreeFilter;
  readonly front: PageInFront;
  readonly followed: Followed;
  readonly arrivals: Arrivals;
  readonly progress: SyncProgress;
  readonly trees: OpenTrees;
  readonly moved: MovedFiles;
  readonly applies: ApplyStates;
  readonly clashes: Clashes;
  readonly landed: LandedStates;
  readonly log: vscode.LogOutputChannel;
  /** Where group and sort order are remembered for this workspace. */
  readonly state: vscode.Memento;
}

export function registerSeriesTree(parts: SeriesTreeParts): vscode.Disposable {
  const { library, filter, front, followed, arrivals, progress, trees, moved, applies, landed, clashes, log, state } = parts;
  const changed = new vscode.EventEmitter<TreeNode | undefined>();
  let arrangement: Arrangement = {
    groupBy: remembered(state, "groupBy", groupings) ?? "subsystem",
    sortBy: remembered(state, "sortBy", sortings) ?? "newest",
    shown: new Map(),
  };
  if (state.get<unknown>("showLanded") === true) filter.showLanded(true);
  let roots: TreeNode[] | null = null;
  const rootsNow = (): TreeNode[] => (roots ??= rootNodes(filter.found, library.problems, arrangement));

  const provider: vscode.TreeDataProvider<TreeNode> = {
    onDidChangeTreeData: changed.event,
    getChildren: (node) => (node ? childNodes(node, arrangement) : rootsNow()),
    getTreeItem: (node) => treeItem(node, parts),
    getParent: (node) => node.parent,
    resolveTreeItem: (item, node) => resolveTooltip(item, node, parts),
  };
  const view = vscode.window.createTreeView(viewId, { treeDataProvider: provider, showCollapseAll: true });

  const showMessage = (): void => {
    const all = plural(library.series.length, "series", "series");
    const empty = rootsNow().length === 0;
    // A view with a message never shows its welcome text. When the welcome text is needed, the filter is shown in the title instead.
    const { words, found } = filter;
    const landedOnes = filter.hidden > 0 ? `${filter.hidden} landed hidden` : "";
    view.description = words && empty ? `“${words}”` : landedOnes;
    view.message = progress.text ? progress.text : empty ? "" : words ? `Filter “${words}”: ${found.length} of ${all}` : restricted();
    setContext("noMatches", words !== "" && empty);
  };
  const refresh = (): void => {
    roots = null;
    changed.fire(undefined);
    showMessage();
    setContext("filtered", filter.words !== "");
    setContext("landedShown", filter.showsLanded);
    const unread = followed.unread().length;
    view.badge =
      unread > 0
        ? { value: unread, tooltip: `${plural(unread, "followed series", "followed series")} with an unread revision` }
        : undefined;
  };
  const arrange = (change: Partial<Arrangement>): void => {
    arrangement = { ...arrangement, ...change };
    refresh();
  };

  const choose = async <T extends GroupBy | SortBy>(
    title: string,
    key: "groupBy" | "sortBy",
    names: Readonly<Record<T, string>>,
  ): Promise<void> => {
    const current = arrangement[key];
    const items = (Object.keys(names) as T[]).map((value) => ({
      label: names[value],
      description: value === current ? "current" : "",
      value,
    }));
    const picked = await vscode.window.showQuickPick(items, { title, placeHolder: "Choose an order" });
    if (!picked) return;
    await state.update(key, picked.value);
    arrange({ [key]: picked.value });
  };

  const showLanded = async (isShown: boolean): Promise<void> => {
    filter.showLanded(isShown);
    await state.update("showLanded", isShown);
  };

  /** Shows a series in the tree, and clears a filter that would hide it. */
  const reveal = async (id: string): Promise<void> => {
    const series = library.find(id);
    if (!series) return;
    if (!filter.found.some(({ id }) => id === series.id)) filter.narrow("");
    if (series.status === "landed") await showLanded(true);
    const found = rowOfSeries(filter.found, series.id, arrangement);
    if (!found) return;
    if (found.arrangement !== arrangement) arrange(found.arrangement);
    await view.reveal(found.row, { select: true, focus: true, expand: true });
  };

  return vscode.Disposable.from(
    afterActivation(refresh),
    view,
    changed,
    // It follows the library.
    filter.onDidChange(refresh),
    progress.onDidChange(showMessage),
    followed.onDidChange(refresh),
    arrivals.onDidChange(refresh),
    trees.onDidChange(refresh),
    moved.onDidChange(refresh),
    // The rows stay the same; only their looks change.
    applies.onDidChange(() => changed.fire(undefined)),
    clashes.onDidChange(() => changed.fire(undefined)),
    landed.onDidChange(() => changed.fire(undefined)),
    registerCommand(log, "kvmSeries.showLanded", () => showLanded(true)),
    registerCommand(log, "kvmSeries.hideLanded", () => showLanded(false)),
    vscode.workspace.onDidGrantWorkspaceTrust(refresh),
    registerCommand(log, "kvmSeries.groupSeries", () =>
      choose<GroupBy>("KVM Series: Group By", "groupBy", { subsystem: "Subsystem", author: "Author", status: "Status", file: "File" }),
    ),
    registerCommand(log, "kvmSeries.sortSeries", () =>
      choose<SortBy>("KVM Series: Sort By", "sortBy", { newest: "Newest first", title: "Title", size: "Number of patches" }),
    ),
    registerCommand(log, "kvmSeries.filterSeries", () => askFilter(filter)),
    registerCommand(log, "kvmSeries.clearFilter", () => filter.narrow("")),
    registerCommand(log, "kvmSeries.showMore", (node) => {
      if (isMore(node)) arrange(showingMore(arrangement, node.listId));
    }),
    registerCommand(log, "kvmSeries.revealSeries", async (argument) => {
      const series = await seriesFor(argument, { library, front }, "KVM Series: Reveal in the Series View");
      if (series) await reveal(series.id);
    }),
  );
}

/** The message of an untrusted window; "" when the window is trusted. */
function restricted(): string {
  return vscode.workspace.isTrusted ? "" : "Restricted Mode: sources in the workspace settings are not read.";
}

/** Filters the tree with each key; Escape restores the previous filter. */
function askFilter(filter: TreeFilter): void {
  const before = filter.words;
  const input = vscode.window.createInputBox();
  input.title = "KVM Series: Filter";
  input.placeholder = "Words of a title, author, subsystem or path; status:landed; in archives also s: f: t: c: dfn: b: d: patchid:";
  input.prompt =
    "The tree narrows as you type. d:20260101.. and f:name search as on lore.kernel.org, in all series, not only the pending ones.";
  input.value = before;
  let accepted = false;
  input.onDidChangeValue((value) => filter.type(value.trim()));
  input.onDidAccept(() => {
    accepted = true;
    input.hide();
  });
  input.onDidHide(() => {
    filter.narrow(accepted ? input.value.trim() : before);
    input.dispose();
  });
  input.show();
}

function remembered<T extends string>(state: vscode.Memento, key: string, known: readonly T[]): T | undefined {
  const value = state.get<unknown>(key);
  return known.find((one) => one === value);
}

function isMore(node: unknown): node is { kind: "more"; listId: string } {
  return typeof node === "object" && node !== null && "kind" in node && node.kind === "more";
}

// The view "This File": the pending series that touch the file in the active editor.

const thisFileArrangement: Arrangement = { groupBy: "subsystem", sortBy: "newest", shown: new Map() };

export interface ThisFileParts {
  readonly library: Library;
  readonly active: ActiveFile;
  readonly pending: PendingChanges;
  readonly collisions: Collisions;
  readonly followed: Followed;
  readonly arrivals: Arrivals;
  readonly trees: OpenTrees;
  readonly moved: MovedFiles;
  readonly applies: ApplyStates;
  readonly clashes: Clashes;
  readonly landed: LandedStates;
  readonly log: vscode.LogOutputChannel;
}

export function registerThisFileTree({
  library,
  active,
  pending,
  collisions,
  followed,
  arrivals,
  trees,
  moved,
  applies,
  clashes,
  landed,
  log,
}: ThisFileParts): vscode.Disposable {
  const changed = new vscode.EventEmitter<TreeNode | undefined>();
  const parts = { followed, arrivals, trees, moved, applies, clashes, landed, library };
  const touchesInView = (): readonly Touch[] => (active.onlyInView ? seenTouches(active, pending) : active.touches);
  const view = vscode.window.createTreeView<TreeNode>("kvmSeries.thisFile", {
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getChildren: (node) => (node ? childNodes(node, thisFileArrangement) : seriesNodes(touchesInView().map(({ series }) => series))),
      getTreeItem: (node) => {
        const item = treeItem(node, parts);
        return node.kind === "series" ? markMoved(markCollision(item, collisions.of(node.series)), movedOf(node.series)) : item;
      },
      getParent: (node) => node.parent,
      resolveTreeItem: (item, node) => resolveTooltip(item, node, parts),
    },
    showCollapseAll: true,
  });
  const movedOf = (series: Series): MovedName | undefined => active.touches.find((touch) => touch.series.id === series.id)?.moved;
  const refresh = (): void => {
    const path = active.place?.path;
    view.description = path === undefined ? "" : path.slice(path.lastIndexOf("/") + 1);
    const hidden = active.touches.length - touchesInView().length;
    view.message =
      active.onlyInView && active.touches.length > 0 ? `Lines in view: ${plural(hidden, "series", "series")} elsewhere in the file` : "";
    setContext("onlyLinesInView", active.onlyInView);
    setContext("fileTouched", active.touches.length > 0);
    setContext("thisFile", path === undefined ? "none" : library.synced ? "untouched" : "syncing");
    changed.fire(undefined);
  };
  return vscode.Disposable.from(
    afterActivation(refresh),
    view,
    changed,
    active.onDidChange(refresh),
    pending.onDidChange(() => active.onlyInView && refresh()),
    collisions.onDidChange(() => changed.fire(undefined)),
    arrivals.onDidChange(() => changed.fire(undefined)),
    applies.onDidChange(() => changed.fire(undefined)),
    clashes.onDidChange(() => changed.fire(undefined)),
    landed.onDidChange(() => changed.fire(undefined)),
    registerCommand(log, "kvmSeries.onlyLinesInView", () => active.showOnlyInView(true)),
    registerCommand(log, "kvmSeries.allLines", () => active.showOnlyInView(false)),
    followed.onDidChange(() => changed.fire(undefined)),
  );
}

/** Adds the series' name for the file to its row. */
export function markMoved(item: vscode.TreeItem, moved: MovedName | undefined): vscode.TreeItem {
  if (!moved) return item;
  const words = movedText(moved);
  item.description = `${typeof item.description === "string" ? `${item.description} · ` : ""}${words}`;
  const spoken = item.accessibilityInformation?.label;
  item.accessibilityInformation = { label: spoken === undefined ? words : `${spoken}, ${words}` };
  return item;
}

/** The touches of the lines that can be seen: by the current place of their changes, else by the lines in their patches. */
function seenTouches(active: ActiveFile, pending: PendingChanges): readonly Touch[] {
  const { touches } = active;
  const editor = editorOf(active);
  const ranges = editor?.visibleRanges ?? [];
  if (!editor || ranges.length === 0) return touches;
  const placed = new Set((pending.edits(editor.document) ?? []).map(({ series }) => series.id));
  const seen = new Set(
    ranges.flatMap(({ start, end }) => [
      ...pending.onLines(editor.document, [start.line, end.line]).map(({ series }) => series.id),
      ...touchesOfLines(touches, [start.line + 1, end.line + 1]).flatMap(({ series }) => (placed.has(series.id) ? [] : series.id)),
    ]),
  );
  return touches.filter(({ series }) => seen.has(series.id));
}

/** Marks the row of a series that changes the same lines as the person. */
export function markCollision(item: vscode.TreeItem, collision: LiveCollision | undefined): vscode.TreeItem {
  if (!collision) return item;
  const words = collision.conflicts ? "collides with your changes" : "makes the same change as you";
  const description = typeof item.description === "string" ? item.description : "";
  item.description = `${words} · ${description}`;
  if (collision.conflicts) item.iconPath = new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground"));
  const spoken = item.accessibilityInformation?.label;
  item.accessibilityInformation = { label: spoken === undefined ? words : `${words}, ${spoken}` };
  return item;
}
