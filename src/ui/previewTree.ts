/** The read-only file system of the tree with a series applied: multi-diff, compare with my file, and definitions from there. */
import * as vscode from "vscode";
import { HumanError } from "../core/humanError";
import type { Library } from "../index/library";
import { revisionName, titleText } from "../render/labels";
import type { ActiveFile } from "./activeFile";
import { gitOptions, pickWorktree } from "./applyEngine";
import { plainMessage, registerCommand } from "./commands";
import type { OpenTrees } from "./openTrees";
import {
  makeFileSystem,
  makePreviews,
  parseUri,
  previewScheme,
  uriOf,
  type Place,
  type Preview,
  type PreviewEngine,
} from "./previewFileSystem";
import { pickSeries } from "./seriesPick";
import { revisionFor, type ChosenRevision } from "./seriesMails";

export interface PreviewTreeParts {
  readonly library: Library;
  readonly trees: OpenTrees;
  readonly active: ActiveFile;
  readonly log: vscode.LogOutputChannel;
  readonly engine: () => Promise<PreviewEngine>;
}

export function registerPreviewTree(parts: PreviewTreeParts): vscode.Disposable {
  const { library, trees, active, log, engine } = parts;
  const previews = makePreviews(library, engine);
  const files = makeFileSystem(previews, engine);
  return vscode.Disposable.from(
    vscode.workspace.registerFileSystemProvider(previewScheme, files, { isReadonly: true, isCaseSensitive: true }),
    vscode.languages.registerDefinitionProvider({ scheme: previewScheme }, { provideDefinition }),
    registerCommand(log, "kvmSeries.openMultiDiff", async (argument) => {
      gitOptions();
      const chosen = await revisionFor(argument, library, "KVM Series: Open Series as Multi-Diff");
      if (!chosen) return;
      const at = typeof argument === "object" && argument !== null && "place" in argument ? argument.place : null;
      const place = await placeOf(chosen, typeof at === "number" ? at + 1 : chosen.revision.patches.length, trees, engine);
      if (!place) return;
      const preview = await vscode.window.withProgress({ location: { viewId: "kvmSeries.series" } }, () => previews(place));
      sayWhereItStopped(chosen, place, preview);
      const resources = preview.files.map(({ path, oldPath, before, after }) => {
        const [old, now] = [before && uriOf(chosen.series, { ...place, patches: 0 }, oldPath), after && uriOf(chosen.series, place, path)];
        return [now ?? old, old ?? undefined, now ?? undefined];
      });
      if (resources.length === 0) return;
      const name =
        place.patches < chosen.revision.patches.length
          ? `${revisionName(chosen.revision)}, ${place.patches} of ${chosen.revision.patches.length}`
          : revisionName(chosen.revision);
      await vscode.commands.executeCommand("vscode.changes", `${titleText(chosen.series.title)} (${name})`, resources);
    }),
    registerCommand(log, "kvmSeries.compareWithMyFile", async (argument) => {
      gitOptions();
      const uri = argument instanceof vscode.Uri ? argument : (vscode.window.activeTextEditor?.document.uri ?? null);
      const found = uri ? active.touching(uri) : null;
      if (!uri || !found) throw new HumanError("Open a file of a kernel tree first; then it is compared with what a series makes of it.");
      const offered = found.touches.map(({ series }) => series).filter((series) => series.revisions.at(-1)?.posted !== undefined);
      if (offered.length === 0) throw new HumanError(`No pending series touches ${found.place.path}, as far as the archives tell.`);
      const series = await pickSeries(offered, `Compare ${found.place.path} with`);
      const revision = series?.revisions.at(-1);
      if (!series || !revision) return;
      const place = await placeOf({ series, revision }, revision.patches.length, trees, engine);
      if (!place) return;
      const preview = await previews(place);
      const { path } = found.place;
      const file = preview.files.find((one) => one.path === path || one.oldPath === path);
      sayWhereItStopped({ series, revision }, place, preview);
      if (!file?.after)
        throw new HumanError(`What the series makes of ${path} is not known here, because its patches do not apply to HEAD.`);
      await vscode.commands.executeCommand(
        "vscode.diff",
        uri,
        uriOf(series, place, file.path),
        `${titleText(file.path.slice(file.path.lastIndexOf("/") + 1))}: mine ↔ ${revisionName(revision)}`,
      );
    }),
  );
}

/** Says so where not all patches are in what is shown. */
function sayWhereItStopped({ revision }: ChosenRevision, { patches }: Place, { stoppedAt }: Preview): void {
  if (stoppedAt === null || stoppedAt >= patches) return;
  const index = revision.patches[stoppedAt]?.index ?? stoppedAt + 1;
  const what = stoppedAt === 0 ? "nothing of the series can be shown" : `what is shown is the tree with the ${stoppedAt} before it`;
  void vscode.window.showWarningMessage(plainMessage(`Patch ${index} of ${revision.expected} does not apply to HEAD, so ${what}.`));
}

async function placeOf(
  { series, revision }: ChosenRevision,
  patches: number,
  trees: OpenTrees,
  engine: PreviewTreeParts["engine"],
): Promise<Place | undefined> {
  if (!revision.posted)
    throw new HumanError("A digest does not hold the patches themselves; add the list's archive, then they can be shown.");
  const top = await pickWorktree(trees, series);
  if (top === undefined) return undefined;
  const commit = await (await engine()).commitOf(top, "HEAD", gitOptions());
  if (commit === null) throw new HumanError("This repository has no commit yet, so there is nothing patches could apply to.");
  return { id: series.id, revision: series.revisions.indexOf(revision), patches, top, commit };
}

/** Asks where a name is defined at the same line of the real file; where nobody knows, that line itself. */
async function provideDefinition(
  document: vscode.TextDocument,
  position: vscode.Position,
): Promise<vscode.Definition | vscode.LocationLink[]> {
  const { place, path } = parseUri(document.uri);
  const uri = vscode.Uri.joinPath(vscode.Uri.file(place.top), path);
  const real = await vscode.workspace.openTextDocument(uri).then(
    (opened) => opened,
    () => null,
  );
  if (!real) return [];
  const line = sameLine(document.lineAt(position.line).text, position.line, real);
  if (line === null) return new vscode.Location(uri, new vscode.Position(Math.min(position.line, real.lineCount - 1), 0));
  const same = new vscode.Position(line, position.character);
  const found = await vscode.commands.executeCommand<Array<vscode.Location | vscode.LocationLink>>(
    "vscode.executeDefinitionProvider",
    uri,
    same,
  );
  const [first] = found;
  if (!first) return new vscode.Location(uri, same);
  return found.map((one) => ("targetUri" in one ? new vscode.Location(one.targetUri, one.targetRange) : one));
}

/** The line with the same text that is nearest to where it stands; null where there is none. */
function sameLine(text: string, near: number, document: vscode.TextDocument): number | null {
  for (let away = 0; away < document.lineCount; away++) {
    for (const line of [near - away, near + away])
      if (line >= 0 && line < document.lineCount && document.lineAt(line).text === text) return line;
  }
  return null;
}
