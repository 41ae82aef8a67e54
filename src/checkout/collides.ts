/** The lines that both a person's checkout and pending series change, with git's own merge as the proof; also for two series. */
import { type Collision, type CollisionSources, findCollisions } from "../core/lines/collisions";
import type { Mail } from "../core/mail/mail";
import { exactPatchTexts } from "../core/mail/patchMail";
import type { MovedNames } from "../core/series/movedFiles";
import { type IndexedPatch, loadPatchTexts, renamedPatches } from "../core/series/revisionTexts";
import { newestRevision, type Series } from "../core/series/series";
import type { GitOptions } from "../git/git";
import { resolveBase } from "./commits";
import { readBlobTexts, readFilesAt } from "./committedFiles";
import { type MergeProof, type MergeSide, proveMerge } from "./mergeProof";
import type { MyChanges } from "./myChanges";

/** Parsed mails by their Message-IDs; those that are gone are absent. */
type ReadMails = (messageIds: readonly string[]) => Promise<ReadonlyMap<string, Mail>>;

/**
 * Finds the pending series that change the lines a person changed: by file, then in the order of the series.
 *
 * @param top of the person's tree
 * @param changes as `readMyChanges` read them there
 * @param sources the series that touch a path, and their mails; the texts of files and blobs are read from the repository
 */
export async function readCollisions(
  top: string,
  changes: MyChanges,
  sources: Pick<CollisionSources, "touching" | "mails" | "breathe">,
  options: GitOptions = {},
): Promise<Collision[]> {
  const touching = new Map(changes.files.map(({ path }) => [path, sources.touching(path)]));
  const touched = [...touching].flatMap(([path, series]) => (series.length > 0 ? [path] : []));
  const texts = await readFilesAt(top, changes.base, touched, options);
  return findCollisions(changes.files, {
    ...sources,
    touching: (path) => touching.get(path) ?? [],
    base: (path) => {
      const bytes = texts.get(path);
      return Promise.resolve(bytes ? new TextDecoder().decode(bytes) : null);
    },
    blobs: (ids) => readBlobTexts(top, ids, options),
  });
}

export interface CollisionProofOptions extends GitOptions {
  readonly mails: ReadMails;
  /** The names that mail uses for files of the tree. */
  readonly moved: MovedNames;
  /** The texts of unsaved files, by path. */
  readonly buffers?: ReadonlyMap<string, string>;
  /** The name of the series in a conflict. */
  readonly name: string;
}

/** Merges a person's changes with the newest revision of a series, both on the commit at which the person began. */
export async function proveCollision(
  top: string,
  { base, commit, files }: MyChanges,
  series: Series,
  { mails, moved, buffers = new Map(), name, ...options }: CollisionProofOptions,
): Promise<MergeProof> {
  const paths = files.flatMap(({ path, newPath }) => (newPath === undefined ? [path] : [path, newPath]));
  const unsaved = new Map([...buffers].filter(([path]) => paths.includes(path)));
  const ours: MergeSide = commit === null ? { kind: "worktree", paths, buffers: unsaved } : { kind: "commit", commit };
  const theirs: MergeSide = { kind: "patches", patches: await exactPatches(series, mails, moved), only: new Set(paths) };
  return proveMerge(top, { base, ours, theirs, names: { ours: "your changes", theirs: name } }, options);
}

/** A series that is merged with another one, and its name in a conflict. */
export interface NamedSeries {
  readonly series: Series;
  readonly name: string;
}

/**
 * Merges the newest revisions of two series, both on one commit.
 *
 * @param base the commit that series are checked against, as a person calls it: `HEAD`, `kvm/next`, an id
 * @returns null when the mails of one of them are gone
 * @throws HumanError when the repository has no such commit
 */
export async function proveSeries(
  top: string,
  base: string,
  ours: NamedSeries,
  theirs: NamedSeries,
  { mails, moved, ...options }: Pick<CollisionProofOptions, "mails" | "moved"> & GitOptions,
): Promise<MergeProof | null> {
  const { commit } = await resolveBase(top, base, options);
  // When a series does not apply to other files, those that both change are enough.
  const only = new Set(sharedFiles(ours.series, theirs.series, moved));
  const side = async ({ series }: NamedSeries) =>
    ({ kind: "patches", patches: await exactPatches(series, mails, moved), only }) satisfies MergeSide;
  const [mine, other] = [await side(ours), await side(theirs)];
  if (mine.patches.length === 0 || other.patches.length === 0) return null;
  return proveMerge(top, { base: commit, ours: mine, theirs: other, names: { ours: ours.name, theirs: theirs.name } }, options);
}

/** The patches of a series for git, under the names that the tree has for its files. */
async function exactPatches(series: Series, mails: ReadMails, moved: MovedNames): Promise<readonly IndexedPatch[]> {
  const revision = newestRevision(series);
  return renamedPatches(await loadPatchTexts(revision, null, mails, exactPatchTexts), revision, moved);
}

/** Files of the tree that both change, whatever each calls them. */
function sharedFiles(series: Series, other: Series, moved: MovedNames): string[] {
  const filesOf = (one: Series): string[] => newestRevision(one).files.map((path) => moved.ofName(path)?.path ?? path);
  const theirs = new Set(filesOf(other));
  return filesOf(series).filter((path) => theirs.has(path));
}
