/** Other pending series on the same lines as one: found by hunks and texts, and checked with git's merge. */
import { setImmediate } from "node:timers/promises";
import type { proveSeries } from "../checkout/collides";
import type { readFilesAt } from "../checkout/committedFiles";
import type { MergeProof } from "../checkout/mergeProof";
import { HumanError } from "../core/humanError";
import {
  type OwnFile,
  ownFile,
  refinedRelation,
  relatedByLines,
  type Relation,
  type RelationKind,
  relationOf,
  withDependencies,
} from "../core/lines/relations";
import { nameIn } from "../core/series/movedFiles";
import { loadPatchTexts } from "../core/series/revisionTexts";
import { newestRevision, type Series } from "../core/series/series";
import { type Library, projectOfSeries } from "../library/library";
import type { LoadedMails } from "../library/loadedMails";
import type { ApplyStates } from "./applyStates";
import type { MovedFiles } from "./movedFiles";
import type { OpenTrees } from "./openTrees";
import type { GitOf } from "./ports";
import type { SeriesNeeds } from "./seriesNeeds";

export interface RelationsPorts {
  readonly trees: Pick<OpenTrees, "topsForSeries">;
  readonly moved: Pick<MovedFiles, "namesIn" | "touching">;
  readonly mails: Pick<LoadedMails, "mails">;
  readonly needs: Pick<SeriesNeeds, "index">;
  /** Tells which commit series are checked against. */
  readonly applies: Pick<ApplyStates, "base">;
  readonly git: GitOf;
  readonly engine: () => Promise<{ readonly readFilesAt: typeof readFilesAt }>;
}

/** The relations of a series, more exact each time: from memory first, then by the texts of the patches. */
export async function* relationsOf(
  series: Series,
  { trees, moved, mails, needs, applies, git, engine }: RelationsPorts,
): AsyncGenerator<readonly Relation[]> {
  const project = projectOfSeries(series);
  const [at = null] = trees.topsForSeries(series);
  const names = moved.namesIn(at);
  const meeting = relatedByLines(series, (path) => moved.touching(path, project, at));
  const byLines = meeting.length === 0 ? meeting : withDependencies(series, meeting, needs.index());
  yield byLines;
  if (byLines.length === 0) return;
  const paths = [...new Set(byLines.flatMap((relation) => relation.paths))];
  const fileOf = (path: string): string => names.ofName(path)?.path ?? path;
  const options = git();
  // The paths come from strangers, so git gets them on its input, after the commit. In a folder without a commit nothing is found.
  const texts = at === null || !options ? null : await (await engine()).readFilesAt(at, applies.base, paths.map(fileOf), options);
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

export interface ConflictPorts {
  readonly library: Pick<Library, "find">;
  readonly trees: Pick<OpenTrees, "topsForSeries">;
  readonly moved: Pick<MovedFiles, "namesIn">;
  readonly mails: Pick<LoadedMails, "mails">;
  readonly applies: Pick<ApplyStates, "base">;
  readonly git: GitOf;
  readonly engine: () => Promise<{ readonly proveSeries: typeof proveSeries }>;
  /** The name of a series' newest revision for people; it is shown in the conflict. */
  readonly nameOf: (series: Series) => string;
}

/** Git's merge of a series with another one. */
export interface ProvedConflict {
  readonly other: Series;
  readonly proof: MergeProof;
}

/** Whether a series conflicts with others on the same lines: checked with git's merge when the person asks. */
export class SeriesConflicts {
  readonly #ports: ConflictPorts;
  /** By the ids of the others. */
  readonly #proved = new Map<string, ProvedConflict>();

  constructor(ports: ConflictPorts) {
    this.#ports = ports;
  }

  /**
   * Merges the two on the commit that series are checked against.
   *
   * @param id of the other series
   * @throws HumanError when the merge is not possible
   */
  async prove(series: Series, id: string): Promise<MergeProof> {
    const { library, trees, moved, mails, applies, git, engine, nameOf } = this.#ports;
    const other = library.find(id);
    if (!other) throw new HumanError("The other series is no longer in any source. Sync and try again.");
    const options = git();
    if (!options) throw new HumanError("git does not run in an untrusted workspace. Trust it to see whether the two conflict.");
    const [top] = trees.topsForSeries(series);
    if (top === undefined) throw new HumanError("Open a checkout of the tree these series are for to merge them.");
    const { proveSeries: proved } = await engine();
    const named = (one: Series) => ({ series: one, name: nameOf(one) });
    const asked = { ...options, mails: (ids: readonly string[]) => mails.mails(ids), moved: moved.namesIn(top) };
    const proof = await proved(top, applies.base, named(series), named(other), asked);
    if (!proof) throw new HumanError("Some of the mails are no longer in the archive. Sync and try again.");
    this.#proved.set(id, { other, proof });
    return proof;
  }

  /** An earlier proof. @throws HumanError when there is none */
  proved(id: string): ProvedConflict {
    const known = this.#proved.get(id);
    if (!known) throw new HumanError("This result has expired. Choose Try to Merge again.");
    return known;
  }
}
