/** What a person changed and pending series change too, read in their checkout; and git's own merge as the proof, also of two series. */
import { type Collision, type CollisionSources, findCollisions } from "../core/lines/collisions";
import type { Mail } from "../core/mail/mail";
import { exactPatchTexts } from "../core/mail/patchMail";
import type { MovedNames } from "../core/series/movedFiles";
import { loadPatchTexts, renamedPatches } from "../core/series/revisionTexts";
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
  /** What mail calls the files of the tree. */
  readonly moved: MovedNames;
  /** The texts of files that are edited and not saved, by path. */
  readonly buffers?: ReadonlyMap<string, string>;
  /** What the series is called in a conflict. */
  readonly name: string;
}

/** Lets git merge the changes of a person with the newest revision of a series, both put on the commit where the person began. */
export async function proveCollision(
  top: string,
  { base, commit, files }: MyChanges,
  series: Series,
  { mails, moved, buffers = new Map(), name, ...options }: CollisionProofOptions,
): Promise<MergeProof> {
  const paths = files.flatMap(({ path, newPath }) => (newPath === undefined ? [path] : [path, newPath]));
  const unsaved = new Map([...buffers].filter(([path]) => paths.includes(path)));
  const ours: MergeSide = commit === null ? { kind: "worktree", paths, buffers: unsaved } : { kind: "commit", commit };
  const patches = renamedPatches(await exactPatches(series, mails), newestRevision(series), moved);
  const theirs: MergeSide = { kind: "patches", patches, only: new Set(paths) };
  return proveMerge(top, { base, ours, theirs, names: { ours: "your changes", theirs: name } }, options);
}

/** A series that is merged with another one, and what it is called in a conflict. */
export interface NamedSeries {
  readonly series: Series;
  readonly name: string;
}

/**
 * Lets git merge the newest revisions of two series, both put on one commit.
 *
 * @param base what series are checked against, as a person calls it: `HEAD`, `kvm/next`, an id
 * @returns null where the mails of one of them are gone
 * @throws HumanError where the repository has no such commit
 */
export async function proveSeries(
  top: string,
  base: string,
  ours: NamedSeries,
  theirs: NamedSeries,
  { mails, ...options }: GitOptions & { readonly mails: ReadMails },
): Promise<MergeProof | null> {
  const { commit } = await resolveBase(top, base, options);
  const only = new Set(sharedPaths(ours.series, theirs.series));
  const patches = [await exactPatches(ours.series, mails), await exactPatches(theirs.series, mails)] as const;
  if (patches.some((some) => some.length === 0)) return null;
  // Where a series does not apply elsewhere, the files in which the two meet tell enough.
  const [mine, other] = [{ kind: "patches", patches: patches[0], only } as const, { kind: "patches", patches: patches[1], only } as const];
  return proveMerge(top, { base: commit, ours: mine, theirs: other, names: { ours: ours.name, theirs: theirs.name } }, options);
}

function exactPatches(series: Series, mails: ReadMails): ReturnType<typeof loadPatchTexts> {
  return loadPatchTexts(newestRevision(series), null, mails, exactPatchTexts);
}

/** Files that both change, under any of their names. */
function sharedPaths(series: Series, other: Series): string[] {
  const theirs = new Set(newestRevision(other).files);
  return newestRevision(series).files.filter((path) => theirs.has(path));
}
