/** The tree with a series applied as a read-only file system: multi-diff, compare with my file, and Go to Definition from there. */
import * as vscode from "vscode";
import { HumanError } from "../core/humanError";
import { followLine } from "../core/lines/lineDiff";
import { newestRevision, type Series } from "../core/series/series";
import { isSafePath } from "../core/series/treePaths";
import { shownCommit } from "../core/text";
import type { ApplyEngine } from "../engines/applyProgress";
import type { ActiveFile } from "../engines/activeFile";
import { editorLines } from "../engines/livePlacements";
import type { MovedFiles } from "../engines/movedFiles";
import type { OpenTrees } from "../engines/openTrees";
import { systemClock } from "../engines/ports";
import { type Preview, type PreviewEngine, type PreviewKey, Previews } from "../engines/previews";
import type { SeriesNeeds } from "../engines/seriesNeeds";
import type { PageInFront } from "../engines/seriesPages";
import type { Library } from "../library/library";
import { previewNotice } from "../render/failingPatch";
import { movedText, revisionName, titleText } from "../render/labels";
import { registerCommand } from "./commands";
import { plainMessage } from "./markdown";
import { type PickedRevision, pickSeries, revisionFor } from "./seriesPick";
import { gitOptions, pickWorktree } from "./workspace";

export interface PreviewTreeParts {
  readonly library: Library;
  readonly front: PageInFront;
  readonly trees: OpenTrees;
  readonly moved: MovedFiles;
  readonly active: ActiveFile;
  readonly needs: SeriesNeeds;
  readonly log: vscode.LogOutputChannel;
  readonly engine: () => Promise<PreviewEngine & Pick<ApplyEngine, "commitOf">>;
}

export function registerPreviewTree(parts: PreviewTreeParts): vscode.Disposable {
  const { library, front, moved, active, log, engine } = parts;
  const previews = new Previews({ library, moved, engine, git: gitOptions, clock: systemClock });
  return vscode.Disposable.from(
    vscode.workspace.registerFileSystemProvider(previewScheme, makeFileSystem(previews), { isReadonly: true, isCaseSensitive: true }),
    vscode.languages.registerDefinitionProvider({ scheme: previewScheme }, makeDefinitions(previews)),
    registerCommand(log, "kvmSeries.openMultiDiff", async (argument) => {
      gitOptions();
      const chosen = await revisionFor(argument, { library, front }, "KVM Series: Open Series as Multi-Diff");
      if (!chosen) return;
      const at = typeof argument === "object" && argument !== null && "place" in argument ? argument.place : null;
      const patches = typeof at === "number" ? at + 1 : chosen.revision.patches.length;
      await showPreview(chosen, patches, parts, async (place, base) => {
        const preview = await vscode.window.withProgress({ location: { viewId: "kvmSeries.series" } }, () => previews.preview(place));
        await openMultiDiff(chosen, place, preview, base);
        return preview;
      });
    }),
    registerCommand(log, "kvmSeries.compareWithMyFile", async (argument) => {
      gitOptions();
      const uri = argument instanceof vscode.Uri ? argument : (vscode.window.activeTextEditor?.document.uri ?? null);
      const found = uri ? active.touching(uri) : null;
      if (!uri || !found) throw new HumanError("Open a file of a kernel tree to compare it with a series.");
      const offered = found.touches.map(({ series }) => series).filter((series) => newestRevision(series).posted !== undefined);
      if (offered.length === 0) throw new HumanError(`No pending series touches ${found.place.path}.`);
      const series = await pickSeries(offered, `Compare ${found.place.path} with`);
      if (!series) return;
      const revision = newestRevision(series);
      await showPreview({ series, revision }, revision.patches.length, parts, async (place, base) => {
        const preview = await previews.preview(place);
        await compare(uri, found.place.path, { series, revision }, place, preview, base);
        return preview;
      });
    }),
  );
}

/** The base of a preview: a commit, and its name for people. */
interface PreviewBase {
  readonly name: string;
  readonly commit: string;
}

/** Shows a preview on HEAD; when part of it is left out, says so and offers the base commit of the series if it is known. */
async function showPreview(
  chosen: PickedRevision,
  patches: number,
  { trees, engine, needs }: PreviewTreeParts,
  open: (place: PreviewKey, base: PreviewBase) => Promise<Preview>,
): Promise<void> {
  const { series, revision } = chosen;
  if (!revision.posted) throw new HumanError("Digests do not contain patches. Add the list's archive to see them.");
  const top = await pickWorktree(trees, series);
  if (top === undefined) return;
  const head = await (await engine()).commitOf(top, "HEAD", gitOptions());
  if (head === null) throw new HumanError("This folder is not in a git repository with commits. Open a clone of the kernel.");
  const place = { id: series.id, revision: series.revisions.indexOf(revision), patches, top };
  for (let base: PreviewBase | undefined = { name: "HEAD", commit: head }; base;) {
    const preview = await open({ ...place, commit: base.commit }, base);
    const notice = previewNotice(revision, shownCommit(base.name), preview);
    if (notice === null) return;
    const shown: string = base.commit;
    const offered: readonly PreviewBase[] = (await otherBases(chosen, head, needs)).filter(({ commit }) => commit !== shown);
    const answers = offered.map(({ name }) => `Show on ${shownCommit(name)}`);
    const answer: string | undefined = await vscode.window.showWarningMessage(plainMessage(notice), ...answers);
    base = offered[answers.indexOf(answer ?? "")];
  }
}

/** The bases that the newest revision names and the repository has, each commit once. */
async function otherBases({ series, revision }: PickedRevision, head: string, needs: SeriesNeeds): Promise<PreviewBase[]> {
  if (revision !== newestRevision(series)) return [];
  const said = (await needs.bases([series])).get(series) ?? [];
  const known = new Map(said.flatMap(({ known: base }) => (base ? [[base.commit, base] as const] : [])));
  known.delete(head);
  return [...known.values()].slice(0, 2);
}

/** `, moved from kvm-s390.c`, for one file of a preview, or for all if it is null. */
function movedNote({ moved }: Preview, path: string | null): string {
  const [first, ...others] = moved.filter((one) => path === null || one.path === path);
  if (!first) return "";
  return others.length > 0
    ? `, ${others.length + 1} files moved since`
    : `, ${movedText({ ...first, name: first.name.slice(first.name.lastIndexOf("/") + 1) })}`;
}

async function openMultiDiff({ series, revision }: PickedRevision, place: PreviewKey, preview: Preview, base: PreviewBase): Promise<void> {
  const resources = preview.files.map(({ path, oldPath, before, after }) => {
    const [old, now] = [before && previewUri(series, { ...place, patches: 0 }, oldPath), after && previewUri(series, place, path)];
    return [now ?? old, old ?? undefined, now ?? undefined];
  });
  if (resources.length === 0) return;
  const all = revision.patches.length;
  const count = place.patches < all ? `, ${place.patches} of ${all}` : "";
  const on = base.name === "HEAD" ? "" : `, on ${shownCommit(base.name)}`;
  await vscode.commands.executeCommand(
    "vscode.changes",
    `${titleText(series.title)} (${revisionName(revision)}${count}${on}${movedNote(preview, null)})`,
    resources,
  );
}

async function compare(
  uri: vscode.Uri,
  path: string,
  { series, revision }: PickedRevision,
  place: PreviewKey,
  preview: Preview,
  base: PreviewBase,
): Promise<void> {
  const file = preview.files.find((one) => one.path === path || one.oldPath === path);
  // When no patch applies, the sentence is about the whole series.
  if (!file && preview.stoppedAt !== null) return;
  if (!file?.after) throw new HumanError(`The series deletes ${path}, so there is nothing to compare.`);
  const on = base.name === "HEAD" ? "" : `, on ${shownCommit(base.name)}`;
  const name = titleText(file.path.slice(file.path.lastIndexOf("/") + 1));
  await vscode.commands.executeCommand(
    "vscode.diff",
    uri,
    previewUri(series, place, file.path),
    `${name}: mine ↔ ${revisionName(revision)}${on}${movedNote(preview, file.oldPath)}`,
  );
}

// The files of a preview, by addresses that fully describe them.

/** The address of a document fully describes it, so it can be restored after the window was closed. */
const previewScheme = "kvm-series";

/** The address of a file. The first folder is the name of the series, for people; the query describes the document. */
function previewUri(series: Series, place: PreviewKey, path: string): vscode.Uri {
  const slug = series.title.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "");
  return vscode.Uri.from({
    scheme: previewScheme,
    path: `/${slug || "series"}/${isSafePath(path) ? path : "file"}`,
    query: JSON.stringify(place),
  });
}

interface ParsedPreviewUri {
  readonly place: PreviewKey;
  /** Relative to the top of the tree. */
  readonly path: string;
}

/** @throws when the address is not from `previewUri` */
function parsePreviewUri(uri: vscode.Uri): ParsedPreviewUri {
  const [, , ...parts] = uri.path.split("/");
  const path = parts.join("/");
  let value: Partial<PreviewKey> | null;
  try {
    value = JSON.parse(uri.query) as Partial<PreviewKey> | null;
  } catch {
    value = null;
  }
  const { id, revision, patches, top, commit } = value ?? {};
  const isPlace =
    typeof id === "string" &&
    Number.isInteger(revision) &&
    Number.isInteger(patches) &&
    typeof top === "string" &&
    typeof commit === "string" &&
    /^[0-9a-f]{40,64}$/.test(commit);
  if (!isPlace || (path !== "" && !isSafePath(path))) throw vscode.FileSystemError.FileNotFound(uri);
  return { place: { id, revision: Number(revision), patches: Number(patches), top, commit }, path };
}

/** A file system that answers from previews and, for files no patch touches, from the commit. */
function makeFileSystem(previews: Previews): vscode.FileSystemProvider {
  const changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  const refuse = (): never => {
    throw vscode.FileSystemError.NoPermissions("Previews are read-only. Edit the file itself.");
  };
  const contents = (uri: vscode.Uri): Promise<Uint8Array | null> => {
    const { place, path } = parsePreviewUri(uri);
    return previews.contents(place, path);
  };
  const folder = async (uri: vscode.Uri): Promise<Array<[string, vscode.FileType]> | null> => {
    const { place, path } = parsePreviewUri(uri);
    const names = await previews.folder(place, path);
    return names && Array.from(names, ([name, kind]) => [name, kind === "folder" ? vscode.FileType.Directory : vscode.FileType.File]);
  };
  return {
    onDidChangeFile: changed.event,
    // The address fully describes a file, so a file never changes.
    watch: () => new vscode.Disposable(() => undefined),
    async stat(uri) {
      const bytes = await contents(uri);
      const shape = { ctime: 0, mtime: 0, permissions: vscode.FilePermission.Readonly };
      if (bytes) return { ...shape, type: vscode.FileType.File, size: bytes.length };
      if (await folder(uri)) return { ...shape, type: vscode.FileType.Directory, size: 0 };
      throw vscode.FileSystemError.FileNotFound(uri);
    },
    async readFile(uri) {
      const bytes = await contents(uri);
      if (!bytes) throw vscode.FileSystemError.FileNotFound(uri);
      return bytes;
    },
    async readDirectory(uri) {
      const entries = await folder(uri);
      if (!entries) throw vscode.FileSystemError.FileNotFound(uri);
      return entries;
    },
    createDirectory: refuse,
    writeFile: refuse,
    delete: refuse,
    rename: refuse,
  };
}

// Go to Definition in a preview: the definitions that the real file's providers give at the corresponding line.

/**
 * Asks for definitions at the corresponding line of the real file. If there are none, or the series added the line, opens the real
 * file.
 */
function makeDefinitions(previews: Previews): vscode.DefinitionProvider {
  return {
    async provideDefinition(document, position) {
      const { place, path } = parsePreviewUri(document.uri);
      const real = await realFile(place, path, previews);
      if (!real) return [];
      const { line, same } = followLine(editorLines(real.getText()), position.line, editorLines(document.getText()));
      const at = new vscode.Position(line, same ? position.character : 0);
      const found = same ? await definitions(real.uri, at) : [];
      return found.length > 0 ? found : new vscode.Location(real.uri, at);
    },
  };
}

/** The file of the checkout, opened; null if it has none. */
async function realFile(place: PreviewKey, path: string, previews: Previews): Promise<vscode.TextDocument | null> {
  const opened = new Map<string, vscode.TextDocument>();
  const isThere = async (name: string): Promise<boolean> => {
    try {
      opened.set(name, await vscode.workspace.openTextDocument(vscode.Uri.joinPath(vscode.Uri.file(place.top), name)));
      return true;
    } catch {
      return false;
    }
  };
  return opened.get((await previews.pathInCheckout(place, path, isThere)) ?? "") ?? null;
}

async function definitions(uri: vscode.Uri, at: vscode.Position): Promise<vscode.Location[]> {
  const found = await vscode.commands.executeCommand<Array<vscode.Location | vscode.LocationLink>>(
    "vscode.executeDefinitionProvider",
    uri,
    at,
  );
  return found.map((one) => ("targetUri" in one ? new vscode.Location(one.targetUri, one.targetRange) : one));
}
