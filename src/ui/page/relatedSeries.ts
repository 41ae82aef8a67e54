/** What a series page is told of other pending series on the same lines: at once what the hunks name, then what is made of them. */
import { setImmediate } from "node:timers/promises";
import * as vscode from "vscode";
import {
  ownFile,
  refinedRelation,
  relatedByLines,
  relationOf,
  withDependencies,
  type OwnFile,
  type Relation,
  type RelationKind,
} from "../../core/lines/relations";
import { newestRevision, type Series } from "../../core/series/series";
import { nameIn } from "../../core/paths/moves";
import { loadPatchTexts } from "../../core/lines/seriesChange";
import { projectOfSeries } from "../../index/library";
import type { CollisionEngine } from "../lines/collisions";
import type { LoadedMails } from "../sources/loadedMails";
import type { MovedFiles } from "../movedFiles";
import type { OpenTrees } from "../openTrees";
import type { SeriesNeeds } from "../apply/seriesNeeds";
import { readSettings } from "../settings";

export interface RelatedParts {
  readonly trees: OpenTrees;
  readonly moved: MovedFiles;
  readonly mails: LoadedMails;
  readonly needs: SeriesNeeds;
  readonly engine: () => Promise<Pick<CollisionEngine, "readFilesAt">>;
}

/** The relations of a series, better known each time: from memory first, then by the texts of their patches. */
export async function* relationsOf(
  series: Series,
  { trees, moved, mails, needs, engine }: RelatedParts,
): AsyncGenerator<readonly Relation[]> {
  const project = projectOfSeries(series);
  const at = trees.topFor(project);
  const names = moved.namesIn(at);
  const meeting = relatedByLines(series, (path) => moved.touching(path, project, at));
  const byLines = meeting.length === 0 ? meeting : withDependencies(series, meeting, needs.index());
  yield byLines;
  if (byLines.length === 0) return;
  const paths = [...new Set(byLines.flatMap((relation) => relation.paths))];
  const fileOf = (path: string): string => names.ofName(path)?.path ?? path;
  const top = vscode.workspace.isTrusted ? at : null;
  // Their names are a stranger's: they go to git on its input, behind the commit. In a folder without one nothing is found.
  const texts =
    top === null ? null : await (await engine()).readFilesAt(top, "HEAD", paths.map(fileOf), { binary: readSettings().gitPath });
  const load = (one: Series, path: string) => loadPatchTexts(newestRevision(one), path, (ids) => mails.mails(ids));
  const own = new Map<string, OwnFile>();
  for (const path of paths) {
    const bytes = texts?.get(fileOf(path));
    own.set(path, ownFile(path, bytes && new TextDecoder().decode(bytes), await load(series, path)));
    await setImmediate();
  }
  const refined: Relation[] = [];
  for (const relation of byLines) {
    if (relation.kind !== "same-lines") {
      refined.push(relation);
      continue;
    }
    const kinds = new Map<string, RelationKind | null>();
    for (const path of relation.paths) {
      const file = own.get(path);
      const theirs = nameIn(newestRevision(relation.series), path, names);
      if (file) kinds.set(path, relationOf(file, await load(relation.series, theirs), theirs));
      await setImmediate();
    }
    const known = refinedRelation(relation, kinds);
    if (known) refined.push(known);
  }
  yield refined;
}
