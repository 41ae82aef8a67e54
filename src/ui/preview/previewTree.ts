/** The read-only file system of the tree with a series applied: multi-diff, compare with my file, and definitions from there. */
import * as vscode from "vscode";
import { HumanError } from "../../core/humanError";
import { newestRevision } from "../../core/series/series";
import type { Library } from "../../index/library";
import { revisionName, titleText } from "../../render/labels";
import { movedText } from "../../render/movedText";
import { previewNotice } from "../../render/previewText";
import type { ActiveFile } from "../activeFile";
import { gitOptions, pickWorktree } from "../apply/applyEngine";
import { plainMessage, registerCommand } from "../commands";
import type { MovedFiles } from "../movedFiles";
import type { OpenTrees } from "../openTrees";
import { makeDefinitions } from "./definitions";
import { makeFileSystem, makePreviews, previewScheme, uriOf, type Place, type Preview, type PreviewEngine } from "./previewFileSystem";
import type { SeriesNeeds } from "../apply/seriesNeeds";
import { pickSeries } from "../seriesPick";
import type { PageInFront } from "../pageInFront";
import { revisionFor, type ChosenRevision } from "../apply/seriesMails";

export interface PreviewTreeParts {
  readonly library: Library;
  readonly front: PageInFront;
  readonly trees: OpenTrees;
  readonly moved: MovedFiles;
  readonly active: ActiveFile;
  readonly needs: SeriesNeeds;
  readonly log: vscode.LogOutputChannel;
  readonly engine: () => Promise<PreviewEngine>;
}

export function registerPreviewTree(parts: PreviewTreeParts): vscode.Disposable {
  const { library, front, moved, active, log, engine } = parts;
  const previews = makePreviews(library, moved, engine);
  const files = makeFileSystem(previews, engine);
  return vscode.Disposable.from(
    vscode.workspace.registerFileSystemProvider(previewScheme, files, { isReadonly: true, isCaseSensitive: true }),
    vscode.languages.registerDefinitionProvider({ scheme: previewScheme }, makeDefinitions(previews)),
    registerCommand(log, "kvmSeries.openMultiDiff", async (argument) => {
      gitOptions();
      const chosen = await revisionFor(argument, { library, front }, "KVM Series: Open Series as Multi-Diff");
      if (!chosen) return;
      const at = typeof argument === "object" && argument !== null && "place" in argument ? argument.place : null;
      const patches = typeof at === "number" ? at + 1 : chosen.revision.patches.length;
      await show(chosen, patches, parts, async (place, base) => {
        const preview = await vscode.window.withProgress({ location: { viewId: "kvmSeries.series" } }, () => previews(place));
        await openMultiDiff(chosen, place, preview, base);
        return preview;
      });
    }),
    registerCommand(log, "kvmSeries.compareWithMyFile", async (argument) => {
      gitOptions();
      const uri = argument instanceof vscode.Uri ? argument : (vscode.window.activeTextEditor?.document.uri ?? null);
      const found = uri ? active.touching(uri) : null;
      if (!uri || !found) throw new HumanError("Open a file of a kernel tree first; then it is compared with what a series makes of it.");
      const offered = found.touches.map(({ series }) => series).filter((series) => newestRevision(series).posted !== undefined);
      if (offered.length === 0) throw new HumanError(`No pending series touches ${found.place.path}, as far as the archives tell.`);
      const series = await pickSeries(offered, `Compare ${found.place.path} with`);
      if (!series) return;
      const revision = newestRevision(series);
      await show({ series, revision }, revision.patches.length, parts, async (place, base) => {
        const preview = await previews(place);
        await compare(uri, found.place.path, { series, revision }, place, preview, base);
        return preview;
      });
    }),
  );
}

/** What a preview is made on: a commit, and what a person calls it. */
interface PreviewBase {
  readonly name: string;
  readonly commit: string;
}

/** Shows a preview on HEAD; of one that is not whole says so, and offers the commit that the series was made on where it is known. */
async function show(
  chosen: ChosenRevision,
  patches: number,
  { trees, engine, needs }: PreviewTreeParts,
  open: (place: Place, base: PreviewBase) => Promise<Preview>,
): Promise<void> {
  const { series, revision } = chosen;
  if (!revision.posted)
    throw new HumanError("A digest does not hold the patches themselves; add the list's archive, then they can be shown.");
  const top = await pickWorktree(trees, series);
  if (top === undefined) return;
  const head = await (await engine()).commitOf(top, "HEAD", gitOptions());
  if (head === null)
    throw new HumanError(
      "This folder is in no git repository that has a commit, so there is nothing patches could apply to; open a clone of the kernel.",
    );
  const place = { id: series.id, revision: series.revisions.indexOf(revision), patches, top };
  for (let base: PreviewBase | undefined = { name: "HEAD", commit: head }; base;) {
    const preview = await open({ ...place, commit: base.commit }, base);
    const notice = previewNotice(revision, shownName(base.name), preview);
    if (notice === null) return;
    const shown: string = base.commit;
    const offered: readonly PreviewBase[] = (await otherBases(chosen, head, needs)).filter(({ commit }) => commit !== shown);
    const answers = offered.map(({ name }) => `Show on ${shownName(name)}`);
    const answer: string | undefined = await vscode.window.showWarningMessage(plainMessage(notice), ...answers);
    base = offered[answers.indexOf(answer ?? "")];
  }
}

/** What the newest revision says it was made on and the repository has, each commit once. */
async function otherBases({ series, revision }: ChosenRevision, head: string, needs: SeriesNeeds): Promise<PreviewBase[]> {
  if (revision !== newestRevision(series)) return [];
  const said = (await needs.bases([series])).get(series) ?? [];
  const known = new Map(said.flatMap(({ known: base }) => (base ? [[base.commit, base] as const] : [])));
  known.delete(head);
  return [...known.values()].slice(0, 2);
}

function shownName(name: string): string {
  return /^[0-9a-f]{40,64}$/.test(name) ? name.slice(0, 12) : name;
}

/** `, moved from kvm-s390.c`: of one file of a preview, or of all where it is null. */
function movedNote({ moved }: Preview, path: string | null): string {
  const [first, ...others] = moved.filter((one) => path === null || one.path === path);
  if (!first) return "";
  return others.length > 0
    ? `, ${others.length + 1} files moved since`
    : `, ${movedText({ ...first, name: first.name.slice(first.name.lastIndexOf("/") + 1) })}`;
}

async function openMultiDiff({ series, revision }: ChosenRevision, place: Place, preview: Preview, base: PreviewBase): Promise<void> {
  const resources = preview.files.map(({ path, oldPath, before, after }) => {
    const [old, now] = [before && uriOf(series, { ...place, patches: 0 }, oldPath), after && uriOf(series, place, path)];
    return [now ?? old, old ?? undefined, now ?? undefined];
  });
  if (resources.length === 0) return;
  const all = revision.patches.length;
  const count = place.patches < all ? `, ${place.patches} of ${all}` : "";
  const on = base.name === "HEAD" ? "" : `, on ${shownName(base.name)}`;
  await vscode.commands.executeCommand(
    "vscode.changes",
    `${titleText(series.title)} (${revisionName(revision)}${count}${on}${movedNote(preview, null)})`,
    resources,
  );
}

async function compare(
  uri: vscode.Uri,
  path: string,
  { series, revision }: ChosenRevision,
  place: Place,
  preview: Preview,
  base: PreviewBase,
): Promise<void> {
  const file = preview.files.find((one) => one.path === path || one.oldPath === path);
  // That nothing of it can be shown is said for the whole series.
  if (!file && preview.stoppedAt !== null) return;
  if (!file?.after) throw new HumanError(`The series makes nothing of ${path} that your file could be compared with: it deletes the file.`);
  const on = base.name === "HEAD" ? "" : `, on ${shownName(base.name)}`;
  const name = titleText(file.path.slice(file.path.lastIndexOf("/") + 1));
  await vscode.commands.executeCommand(
    "vscode.diff",
    uri,
    uriOf(series, place, file.path),
    `${name}: mine ↔ ${revisionName(revision)}${on}${movedNote(preview, file.oldPath)}`,
  );
}
