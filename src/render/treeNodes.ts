/** The rows of the sidebar as plain data: their children, order and stable ids; and the theme colors of their icons. */
import type { TouchedFile } from "../core/diff/diffstat";
import {
  type ElsewhereRevision,
  newestRevision,
  type Patch,
  patchRows,
  type Problem,
  type Revision,
  type Series,
  type SeriesStatus,
  seriesStatuses,
} from "../core/series/series";
import { countedFiles } from "./fileList";
import { authorName, statusName } from "./labels";

export type TreeNode =
  GroupNode | SeriesNode | RevisionNode | ElsewhereNode | PatchNode | MissingNode | FilesNode | FileNode | MoreNode | ProblemNode;

interface NodeBase {
  /** Unique in the tree and the same after a sync, so that VS Code keeps what is expanded and selected. */
  readonly id: string;
  readonly parent: TreeNode | null;
}
export interface GroupNode extends NodeBase {
  readonly kind: "group";
  readonly name: string;
  readonly groupBy: GroupBy;
  readonly series: readonly Series[];
}
export interface SeriesNode extends NodeBase {
  readonly kind: "series";
  readonly series: Series;
}
export interface RevisionNode extends NodeBase {
  readonly kind: "revision";
  readonly series: Series;
  readonly revision: Revision;
}
export interface ElsewhereNode extends NodeBase {
  readonly kind: "elsewhere";
  readonly series: Series;
  readonly elsewhere: ElsewhereRevision;
}
export interface PatchNode extends NodeBase {
  readonly kind: "patch";
  readonly series: Series;
  readonly revision: Revision;
  readonly patch: Patch;
  /** Zero-based place in `revision.patches`. */
  readonly place: number;
}
export interface MissingNode extends NodeBase {
  readonly kind: "missing";
  readonly series: Series;
  readonly revision: Revision;
  readonly index: number;
}
/** The files of a revision as its cover letter lists them. */
export interface FilesNode extends NodeBase {
  readonly kind: "files";
  readonly series: Series;
  readonly revision: Revision;
}
export interface FileNode extends NodeBase {
  readonly kind: "file";
  readonly series: Series;
  readonly file: TouchedFile;
}
/** Stands for the rest of a long list. */
export interface MoreNode extends NodeBase {
  readonly kind: "more";
  readonly listId: string;
  readonly hidden: number;
}
/** A problem of a source; one that sums up several has these as children. */
export interface ProblemNode extends NodeBase {
  readonly kind: "problem";
  readonly problem: Problem;
}

export const groupings = ["subsystem", "author", "status", "file"] as const;
export type GroupBy = (typeof groupings)[number];
export const sortings = ["newest", "title", "size"] as const;
export type SortBy = (typeof sortings)[number];

export interface Arrangement {
  readonly groupBy: GroupBy;
  readonly sortBy: SortBy;
  /** How many rows of a list are shown, by the list's id; `pageSize` by default. */
  readonly shown: ReadonlyMap<string, number>;
}

/** Longer lists are shown in pages, since VS Code is slow with thousands of children in one node. */
const pageSize = 200;

/** The top rows: problems of the sources first, then the groups. */
export function rootNodes(series: readonly Series[], problems: readonly Problem[], arrangement: Arrangement): TreeNode[] {
  return [...problemNodes(problems), ...paged(groupNodes(series, arrangement), groupList, null, arrangement)];
}

/** The id of the list of groups, see `Arrangement.shown`. */
const groupList = "groups";

/**
 * Finds the row of a series, in the first of its groups.
 *
 * @returns the row, and the arrangement in which the lists above are long enough to show it; null if the tree does not have the series
 */
export function rowOfSeries(
  series: readonly Series[],
  id: string,
  arrangement: Arrangement,
): { readonly row: SeriesNode; readonly arrangement: Arrangement } | null {
  for (const [at, group] of groupNodes(series, arrangement).entries()) {
    const place = group.series.findIndex((one) => one.id === id);
    const row = seriesNodes(group.series, group)[place];
    if (row) return { row, arrangement: showingPlace(showingPlace(arrangement, groupList, at), group.id, place) };
  }
  return null;
}

/** The arrangement with one more page of a list. */
export function showingMore(arrangement: Arrangement, listId: string): Arrangement {
  return showingPlace(arrangement, listId, limitOf(arrangement, listId));
}

/** The arrangement that shows the row at a place of a list, and a page of those after it if the list has to grow. */
function showingPlace(arrangement: Arrangement, listId: string, place: number): Arrangement {
  if (place < limitOf(arrangement, listId)) return arrangement;
  return { ...arrangement, shown: new Map(arrangement.shown).set(listId, place + pageSize) };
}

function limitOf({ shown }: Arrangement, listId: string): number {
  return shown.get(listId) ?? pageSize;
}

/** Their ids contain the source, so that the rows of one source stay when another one gets a problem. */
function problemNodes(problems: readonly Problem[]): ProblemNode[] {
  const counts = new Map<string, number>();
  return problems.map((problem) => {
    const before = counts.get(problem.source) ?? 0;
    counts.set(problem.source, before + 1);
    return { kind: "problem", id: `problem/${before}/${problem.source}`, parent: null, problem };
  });
}

function detailNodes(parent: ProblemNode): ProblemNode[] {
  const { source, details = [] } = parent.problem;
  return details.map((message, at) => ({ kind: "problem", id: `${parent.id}/${at}`, parent, problem: { source, message } }));
}

/** The rows for some series without groups, as in the view of one file. */
export function seriesNodes(series: readonly Series[], parent: TreeNode | null = null): SeriesNode[] {
  const prefix = parent ? `${parent.id}/` : "";
  return series.map((one) => ({ kind: "series", id: `${prefix}series/${one.id}`, parent, series: one }));
}

function groupNodes(series: readonly Series[], { groupBy, sortBy }: Arrangement): GroupNode[] {
  const groups = new Map<string, Series[]>();
  for (const one of sorted(series, sortBy)) {
    for (const name of groupNames(one, groupBy)) {
      const group = groups.get(name);
      if (group) group.push(one);
      else groups.set(name, [one]);
    }
  }
  const places = new Map(seriesStatuses.map((status, at) => [statusName(status), at]));
  const place = (name: string): number => (groupBy === "status" ? (places.get(name) ?? 0) : 0);
  return [...groups]
    .sort(([a], [b]) => place(a) - place(b) || a.localeCompare(b, "en"))
    .map(([name, members]) => ({ kind: "group", id: `group/${groupBy}/${name}`, parent: null, name, groupBy, series: members }));
}

function groupNames(series: Series, groupBy: GroupBy): string[] {
  const revision = newestRevision(series);
  if (groupBy === "subsystem") return [series.subsystem];
  if (groupBy === "author") return [authorName(revision)];
  if (groupBy === "status") return [statusName(series.status)];
  return revision.files.length > 0 ? [...revision.files] : ["(files not known)"];
}

function sorted(series: readonly Series[], sortBy: SortBy): readonly Series[] {
  if (sortBy === "title") return [...series].sort((a, b) => a.title.localeCompare(b.title, "en"));
  if (sortBy === "size") return [...series].sort((a, b) => newestRevision(b).expected - newestRevision(a).expected);
  return series;
}

/** The rows below a row. */
export function childNodes(node: TreeNode, arrangement: Arrangement): TreeNode[] {
  switch (node.kind) {
    case "group":
      return paged(seriesNodes(node.series, node), node.id, node, arrangement);
    case "series":
      return revisionNodes(node);
    case "revision":
      return paged(patchNodes(node), node.id, node, arrangement);
    case "patch":
      return fileNodes(node, node.patch.files);
    case "files":
      return paged(fileNodes(node, countedFiles(node.revision)), node.id, node, arrangement);
    case "problem":
      return paged(detailNodes(node), node.id, node, arrangement);
    default:
      return [];
  }
}

/** Whether a row may have children; asked for every row drawn, so it makes none. */
export function hasChildren(node: TreeNode): boolean {
  return (
    node.kind === "group" ||
    node.kind === "series" ||
    node.kind === "revision" ||
    node.kind === "files" ||
    (node.kind === "patch" && node.patch.files.length > 0) ||
    (node.kind === "problem" && (node.problem.details?.length ?? 0) > 0)
  );
}

/** Newest first; revisions known only by a link come after those that were read. */
function revisionNodes(parent: SeriesNode): TreeNode[] {
  const { series } = parent;
  const read = series.revisions.map((revision, at): RevisionNode => ({
    kind: "revision",
    id: `${parent.id}/revision/${at}`,
    parent,
    series,
    revision,
  }));
  const linked = series.elsewhere.map((elsewhere): ElsewhereNode => ({
    kind: "elsewhere",
    id: `${parent.id}/elsewhere/${elsewhere.messageId}`,
    parent,
    series,
    elsewhere,
  }));
  return [...read.reverse(), ...linked.reverse()];
}

function patchNodes(parent: RevisionNode): TreeNode[] {
  const { series, revision } = parent;
  const nodes = patchRows(revision).map((row): TreeNode =>
    "gap" in row
      ? { kind: "missing", id: `${parent.id}/missing/${row.gap}`, parent, series, revision, index: row.gap }
      : { kind: "patch", id: `${parent.id}/patch/${row.at}`, parent, series, revision, patch: row.patch, place: row.at },
  );
  if (revision.diffstat.length > 0) nodes.push({ kind: "files", id: `${parent.id}/files`, parent, series, revision });
  return nodes;
}

function fileNodes(parent: PatchNode | FilesNode, files: readonly TouchedFile[]): FileNode[] {
  return files.map((file) => ({ kind: "file", id: `${parent.id}/file/${file.path}`, parent, series: parent.series, file }));
}

function paged(nodes: readonly TreeNode[], listId: string, parent: TreeNode | null, arrangement: Arrangement): TreeNode[] {
  const limit = limitOf(arrangement, listId);
  if (nodes.length <= limit) return [...nodes];
  return [...nodes.slice(0, limit), { kind: "more", id: `${listId}/more`, parent, listId, hidden: nodes.length - limit }];
}

// The theme colors of icons in the trees. Each has a contrast of 3:1 to the side bar in the four themes that VS Code comes with
// (test/unit/render/iconColors.test.ts); `charts.orange` and `disabledForeground`, which would mean the same, do not.

/** Quiet colors for whether a series applies, since applying is normal and not applying is not an error. */
export const toneColors = { good: "charts.green", bad: "list.warningForeground", past: "descriptionForeground" } as const;

/** For what the person has not looked at yet. */
export const newColor = "list.highlightForeground";

/** For revisions and patches that are in no source. */
export const absentColor = "descriptionForeground";

/** The icon of a series by where it stands. */
export const statusIcons: Readonly<Record<SeriesStatus, string>> = {
  new: "git-pull-request",
  "in-review": "comment-discussion",
  reviewed: "pass",
  "changes-requested": "request-changes",
  queued: "inbox",
  landed: "git-merge",
  stale: "history",
};
